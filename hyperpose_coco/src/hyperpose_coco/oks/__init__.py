"""OKS: AP and AR by pycocotools."""
