"""The networks of ``keras.applications``, as its documentation names them."""

from __future__ import annotations

WEIGHTS = ("imagenet", "random")
"""What a network starts with: the weights that Keras downloads, or fresh ones."""

APPLICATIONS = (
    *(f"ConvNeXt{size}" for size in ("Tiny", "Small", "Base", "Large", "XLarge")),
    *(f"DenseNet{depth}" for depth in (121, 169, 201)),
    *(f"EfficientNetB{size}" for size in range(8)),
    *(f"EfficientNetV2{size}" for size in ("B0", "B1", "B2", "B3", "S", "M", "L")),
    "InceptionResNetV2",
    "InceptionV3",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Small",
    "MobileNetV3Large",
    "NASNetMobile",
    "NASNetLarge",
    *(
        f"RegNet{family}{size:03}"
        for family in "XY"
        for size in (2, 4, 6, 8, 16, 32, 40, 64, 80, 120, 160, 320)
    ),
    *(f"ResNet{depth}" for depth in (50, 101, 152)),
    *(f"ResNet{depth}V2" for depth in (50, 101, 152)),
    *(f"ResNetRS{depth}" for depth in (50, 101, 152, 200, 270, 350, 420)),
    "VGG16",
    "VGG19",
    "Xception",
)
"""Those of Keras 2; Keras 3 has them all but RegNet and ResNetRS."""
