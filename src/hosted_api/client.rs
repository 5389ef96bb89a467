//! The Hosted API as its callers have it: the same client over every transport.

use super::view::{OnView, View};
use doltops_proto::hosted_api::hosted_api_client::HostedApiClient;
use std::ops::{Deref, DerefMut};
use tonic::{service::interceptor::InterceptedService, transport::Channel};

/// The calls of the protocol, each with the view in it.
type Api = HostedApiClient<InterceptedService<Channel, OnView>>;

/// Cheap to clone; all clones share one connection, which is made anew when it breaks.
///
/// It is the generated client, and knows on which state its calls are answered.
#[derive(Clone, Debug)]
pub struct Client {
    api: Api,
    channel: Channel,
    view: View,
}

/// A client on this channel, with the protocol's limits; its calls are answered for main.
pub fn on(channel: Channel) -> Client {
    made(channel, View::Main)
}

fn made(channel: Channel, view: View) -> Client {
    let api = HostedApiClient::with_interceptor(channel.clone(), OnView(view.clone()))
        .max_decoding_message_size(doltops_proto::MESSAGE_LIMIT)
        .max_encoding_message_size(doltops_proto::MESSAGE_LIMIT);
    Client { api, channel, view }
}

impl Client {
    /// The same connection, with every call answered for `view`.
    #[must_use]
    pub fn on_view(&self, view: View) -> Self {
        made(self.channel.clone(), view)
    }

    /// On which state its calls are answered.
    pub fn view(&self) -> &View {
        &self.view
    }
}

impl Deref for Client {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl DerefMut for Client {
    fn deref_mut(&mut self) -> &mut Api {
        &mut self.api
    }
}
