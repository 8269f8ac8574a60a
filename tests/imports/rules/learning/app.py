import spacy
from torch.utils.tensorboard import SummaryWriter
from transformers import AutoModel

nlp = spacy.load("en_core_web_sm")


def load():
    return AutoModel.from_pretrained("some/model", device_map="auto")
