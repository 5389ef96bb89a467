"""moto_server, with two functions of moto's mended.

moto finds a resource's tags by searching the tags of all resources, for each resource that it lists or filters: a page
of 400 instances takes it five seconds, and twice as many four times that. Here they are looked up instead.

And it refuses a record that was made before and deleted since, wherever any record stands that sorts after it: it asks
its journal, and then for all records from that name on. Here the journal forgets what does not stand any more.
"""

from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix
from moto.route53.models import ChangeList, Route53Backend
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

change_resource_record_sets = Route53Backend.change_resource_record_sets


def change_what_stands(self, zoneid, change_list):
    zone = self.get_hosted_zone(zoneid)
    stands = {(record.name.strip("."), record.type) for record in zone.rrsets}

    def is_there(change):
        record = change["ResourceRecordSet"]
        return (record["Name"].strip("."), record["Type"]) in stands

    zone.rr_changes = ChangeList(filter(is_there, zone.rr_changes))
    return change_resource_record_sets(self, zoneid, change_list)


Route53Backend.change_resource_record_sets = change_what_stands

if __name__ == "__main__":
    main()
