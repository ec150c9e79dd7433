"""Pretrained weights of the backbones: those of keras.applications, and torchvision's."""

from hyperpose_backbones.pretrained.sources import Pretrained
from hyperpose_backbones.pretrained.tables import TABLES

mobilenet_v1 = Pretrained(TABLES["MobilenetV1"])
mobilenet_v2 = Pretrained(TABLES["MobilenetV2"])
vgg16 = Pretrained(TABLES["Vgg16"])
vgg19 = Pretrained(TABLES["Vgg19"])
resnet18 = Pretrained(TABLES["Resnet18"])
resnet50 = Pretrained(TABLES["Resnet50"])

__all__ = ["mobilenet_v1", "mobilenet_v2", "resnet18", "resnet50", "vgg16", "vgg19"]
