"""Getting a dataset: download, check, unpack, and see that nothing is missing.

`hyperpose prepare` runs this. A dataset's plugin says where its archives are (`ArchivesOf`).
"""

from hyperpose_datatools.prepare.archives import Archive, ArchivesFile, ArchivesOf, Choice

__all__ = ["Archive", "ArchivesFile", "ArchivesOf", "Choice"]
