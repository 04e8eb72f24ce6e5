from uuid import RFC_4122, UUID

from orchestratord.ids import random_uuid


def test_ids_are_random_uuids_of_version_4_in_lower_case() -> None:
    ids = [random_uuid() for _ in range(1_000)]
    assert len(set(ids)) == len(ids)
    for one in ids:
        read = UUID(one)
        assert (str(read), read.version, read.variant) == (one, 4, RFC_4122)
    assert {one[19] for one in ids} == set("89ab")
