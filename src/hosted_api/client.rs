//! The Hosted API as its callers have it: the same client over every transport.

use doltops_proto::hosted_api::hosted_api_client::HostedApiClient;
use tonic::transport::Channel;

/// Cheap to clone; all clones share one connection, which is made anew when it breaks.
pub type Client = HostedApiClient<Channel>;

/// A client on this channel, with the protocol's limits.
pub fn on(channel: Channel) -> Client {
    HostedApiClient::new(channel)
        .max_decoding_message_size(doltops_proto::MESSAGE_LIMIT)
        .max_encoding_message_size(doltops_proto::MESSAGE_LIMIT)
}
