"""A training loop of one's own on the functions of a model family: the tutorial's third level.

python examples/own_pipeline.py
"""

import numpy as np
import tensorflow as tf

from hyperpose import Config, Dataset, Model

STEPS = 5
SIZE = 128  # pixels, width and height of the network's input
CELLS = SIZE // 8

Config.set_model_type(Config.MODEL.LightweightOpenpose)
Config.set_model_backbone(Config.BACKBONE.Vggtiny)
Config.set_dataset_type(Config.DATA.Synthetic)
Config.set_option("model.input_size", (SIZE, SIZE))
Config.set_option("model.width", 0.25)
Config.set_option("data.options", {"train_images": 8, "val_images": 1})
config = Config.get_config()
my_model = Model.get_model(config)
samples = list(Dataset.get_dataset(config).train_samples())

preprocess = Model.get_preprocess(Config.MODEL.LightweightOpenpose)
postprocess = Model.get_postprocess(Config.MODEL.LightweightOpenpose)
visualize = Model.get_visualize(Config.MODEL.LightweightOpenpose)
optimizer = tf.keras.optimizers.Adam(1e-3)

for step in range(STEPS):
    sample = samples[step % len(samples)]
    image = tf.io.decode_jpeg(tf.io.read_file(str(sample.path)), channels=3)
    input_image = tf.image.resize(image, (SIZE, SIZE)).numpy() / 255
    conf_map, paf_map = preprocess(
        sample.joint_list,
        sample.height,
        sample.width,
        CELLS,
        CELLS,
        Config.DATA.Synthetic,
        data_format="channels_last",
    )
    my_model.train()
    with tf.GradientTape() as tape:
        _, _, stage_confs, stage_pafs = my_model.forward(input_image[np.newaxis], is_train=True)
        loss, _, _ = my_model.cal_loss(
            gt_conf=conf_map[np.newaxis],
            gt_paf=paf_map[np.newaxis],
            mask=np.ones((1, CELLS, CELLS, 1), np.float32),
            stage_confs=stage_confs,
            stage_pafs=stage_pafs,
        )
    gradients = tape.gradient(loss, my_model.trainable_weights)
    optimizer.apply_gradients(zip(gradients, my_model.trainable_weights, strict=True))
    print(f"step {step} loss {float(loss):.3f}")

drawn = (255 * input_image).astype(np.uint8)
pd_conf_map, pd_paf_map = my_model.infer(input_image[np.newaxis])
humans = postprocess(pd_conf_map, pd_paf_map, Config.DATA.Synthetic, data_format="channels_last")
for human in humans:
    human.draw(drawn)
# What the annotations themselves decode to:
for human in postprocess(conf_map, paf_map, Config.DATA.Synthetic, data_format="channels_last"):
    human.draw(drawn)
visualize(drawn, pd_conf_map, pd_paf_map, save_name="my_visual", save_dir="./vis_dir")
print(f"{len(humans)} people, ./vis_dir/my_visual_visualize.png")
