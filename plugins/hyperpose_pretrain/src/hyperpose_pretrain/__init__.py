"""hyperpose-pretrain: backbones learn to classify images before they learn poses."""

__version__ = "0.1.0"
