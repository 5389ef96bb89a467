"""moto_server, with one function of moto's made linear.

moto finds a resource's tags by searching the tags of all resources, for each resource that it lists or filters: a page
of 400 instances takes it five seconds, and twice as many four times that. Here they are looked up instead.
"""

from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix
from moto.server import main


def get_tags(self):
    resource_type = EC2_PREFIX_TO_RESOURCE.get(get_prefix(self.id), "") if self.id else ""
    # `.get`, as indexing would write an empty entry into moto's defaultdict.
    tags = self.ec2_backend.tags.get(self.id, {})
    return [
        {"resource_id": self.id, "key": key, "value": value, "resource_type": resource_type}
        for key, value in tags.copy().items()
    ]


TaggedEC2Resource.get_tags = get_tags

if __name__ == "__main__":
    main()
