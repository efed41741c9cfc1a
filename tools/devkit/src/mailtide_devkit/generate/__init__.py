"""Writers of the documents and manifests that come from the code."""
