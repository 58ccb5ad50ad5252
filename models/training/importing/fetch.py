"""Downloads a model from the Hugging Face hub: one revision, no file twice, every file checked.

    python -m models.training.importing.fetch REPOSITORY FOLDER PART... [--revision REVISION]

REPOSITORY is OWNER/NAME, PART the name of a pipeline's part, or * for all of them. Only safetensors weights in the
folder's plain form are read, with the settings beside them. HF_ENDPOINT names another hub. The commit and the digests
of its files are written to FOLDER/source.json. A later run downloads nothing that is there and right, and resumes a
file where an earlier run was stopped; huggingface_hub's own download would start that file again.
"""

import argparse
import hashlib
import json
from fnmatch import fnmatch
from pathlib import Path

from huggingface_hub import HfApi, hf_hub_url
from huggingface_hub.file_download import http_get
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import build_hf_headers

from models.training.importing.folder import DIFFUSERS_WEIGHTS, TRANSFORMERS_WEIGHTS, Refused

FILES = ("*.json", "*.txt", DIFFUSERS_WEIGHTS, TRANSFORMERS_WEIGHTS)
CHUNK = 1 << 20


def wanted(path: str, parts: list[str]) -> bool:
    """Whether a file of the repository is read: the index, the licence, and settings and weights of the parts."""
    folder, _, name = path.rpartition("/")
    if not folder:
        return name == "model_index.json" or name.upper().startswith("LICENSE")
    return (parts == ["*"] or folder in parts) and any(fnmatch(name, pattern) for pattern in FILES)


def digests(api: HfApi, repository: str, revision: str) -> dict[str, tuple[int, str]]:
    """Size and digest of every file as the hub states them: SHA-256 of large files, Git's SHA-1 of small ones."""
    listed = api.list_repo_tree(repository, recursive=True, revision=revision)
    return {
        item.path: (item.size, item.lfs.sha256 if item.lfs else item.blob_id)
        for item in listed
        if isinstance(item, RepoFile)
    }


def digest_of(path: Path, kind: int) -> str:
    """kind: the length of the expected digest, 64 for SHA-256, 40 for Git's SHA-1 of a blob."""
    state = hashlib.sha256() if kind == 64 else hashlib.sha1(b"blob %d\0" % path.stat().st_size)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            state.update(chunk)
    return state.hexdigest()


def is_right(path: Path, size: int, digest: str) -> bool:
    return path.is_file() and path.stat().st_size == size and digest_of(path, len(digest)) == digest


def download(url: str, path: Path, size: int, digest: str) -> None:
    """Raises Refused, and removes the file, where it is not what the hub states, so that the next run fetches it."""
    if is_right(path, size, digest):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    begun = part.stat().st_size if part.exists() else 0
    with part.open("ab") as file:
        http_get(url, file, resume_size=begun, headers=build_hf_headers(), expected_size=size)
    if not is_right(part, size, digest):
        part.unlink()
        raise Refused(f"{path}: is not the hub's file (size or digest differ); run the command again")
    part.replace(path)


def fetch(repository: str, folder: Path, parts: list[str], revision: str | None = None) -> str:
    """Returns the commit. Raises Refused for a file that is damaged, and for a repository without the parts."""
    api = HfApi()
    commit = api.model_info(repository, revision=revision).sha
    assert commit is not None
    files = {name: facts for name, facts in digests(api, repository, commit).items() if wanted(name, parts)}
    missing = [part for part in parts if part != "*" and not any(name.startswith(f"{part}/") for name in files)]
    if missing:
        raise Refused(f"{repository}: has no folder {missing[0]}/ in the commit {commit}")
    total = sum(size for size, _ in files.values())
    print(f"{repository}: {total / 1e9:.2f} GB in {len(files)} files of the commit {commit[:12]}", flush=True)
    for name, (size, digest) in files.items():
        download(hf_hub_url(repository, name, revision=commit, endpoint=api.endpoint), folder / name, size, digest)
    described = {
        "repository": repository,
        "commit": commit,
        "files": {name: digest for name, (_, digest) in files.items()},
    }
    (folder / "source.json").write_text(json.dumps(described, indent=2) + "\n")
    return commit


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m models.training.importing.fetch")
    parser.add_argument("repository")
    parser.add_argument("folder", type=Path)
    parser.add_argument("parts", nargs="+")
    parser.add_argument("--revision", help="a commit, tag or branch; the repository's newest commit without it")
    given = parser.parse_args()
    fetch(given.repository, given.folder, given.parts, given.revision)


if __name__ == "__main__":
    main()
