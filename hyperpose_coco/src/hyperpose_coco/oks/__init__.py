"""OKS: COCO's AP and AR, the numbers of pycocotools."""
