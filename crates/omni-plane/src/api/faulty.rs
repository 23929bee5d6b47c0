//! A state service on which calls stall and watches break, as the plane's fault script has it.
//!
//! Contract: without such faults every call goes straight through. A call that stalls stands in front of the service, or behind it where
//! it is to be carried out; nobody else waits for it.

use futures::StreamExt as _;
use omni_api::cosi;
use omni_api::cosi::state_server::State;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::state::{Answers, StateService};
use crate::infra::faults::{Call, ServerFaults};
use crate::{Clock, Store};

/// The service with its faults.
#[derive(Debug)]
pub(super) struct Faulty {
    service: StateService,
    faults: ServerFaults,
    clock: Clock,
    stop: CancellationToken,
}

// === impl Faulty ===

impl Faulty {
    /// The service with the faults of the plane's script, counted from now on.
    pub(super) fn new(service: StateService, store: &Store, stop: CancellationToken) -> Self {
        Self {
            service,
            faults: ServerFaults::of(store),
            clock: store.clock().clone(),
            stop,
        }
    }

    /// Does the call, and stalls before or after it where it is to stall.
    async fn pass<T>(
        &self,
        call: Call,
        type_name: String,
        work: impl Future<Output = Result<T, Status>>,
    ) -> Result<T, Status> {
        let Some(stall) = self.faults.stall(call, &type_name) else {
            return work.await;
        };
        let waits = async {
            match stall.lasts {
                Some(span) => self.clock.sleep(span).await,
                None => std::future::pending().await,
            }
        };
        let stalled = async {
            tokio::select! {
                () = waits => Ok(()),
                () = self.stop.cancelled() => Err(Status::unavailable("the plane is stopping")),
            }
        };
        tracing::info!(
            ?call,
            type_name,
            "a call stalls, as the fault script has it"
        );
        if stall.carried_out {
            let done = work.await;
            stalled.await?;
            return done;
        }
        stalled.await?;
        work.await
    }
}

/// The stream until it has told so many events, then an error.
fn breaking(answers: Answers<cosi::WatchResponse>, after: u32) -> Answers<cosi::WatchResponse> {
    let left = usize::try_from(after).unwrap_or(usize::MAX);
    let events = futures::stream::unfold(Some((answers, left)), |state| async move {
        let (mut answers, left) = state?;
        let answer = answers.next().await?;
        let told = answer.as_ref().map_or(0, |answer| answer.event.len());
        if left == 0 && told > 0 {
            let broken = Status::unavailable("the watch broke, as the fault script has it");
            return Some((Err(broken), None));
        }
        Some((answer, Some((answers, left.saturating_sub(told)))))
    });
    Box::pin(events)
}

#[tonic::async_trait]
impl State for Faulty {
    type ListStream = Answers<cosi::ListResponse>;
    type WatchStream = Answers<cosi::WatchResponse>;

    async fn get(
        &self,
        request: Request<cosi::GetRequest>,
    ) -> Result<Response<cosi::GetResponse>, Status> {
        let kind = request.get_ref().r#type.clone();
        self.pass(Call::Get, kind, self.service.get(request)).await
    }

    async fn list(
        &self,
        request: Request<cosi::ListRequest>,
    ) -> Result<Response<Self::ListStream>, Status> {
        let kind = request.get_ref().r#type.clone();
        self.pass(Call::List, kind, self.service.list(request))
            .await
    }

    async fn create(
        &self,
        request: Request<cosi::CreateRequest>,
    ) -> Result<Response<cosi::CreateResponse>, Status> {
        let kind = type_of(request.get_ref().resource.as_ref());
        self.pass(Call::Create, kind, self.service.create(request))
            .await
    }

    async fn update(
        &self,
        request: Request<cosi::UpdateRequest>,
    ) -> Result<Response<cosi::UpdateResponse>, Status> {
        let kind = type_of(request.get_ref().new_resource.as_ref());
        self.pass(Call::Update, kind, self.service.update(request))
            .await
    }

    async fn destroy(
        &self,
        request: Request<cosi::DestroyRequest>,
    ) -> Result<Response<cosi::DestroyResponse>, Status> {
        let kind = request.get_ref().r#type.clone();
        self.pass(Call::Destroy, kind, self.service.destroy(request))
            .await
    }

    async fn watch(
        &self,
        request: Request<cosi::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let kind = request.get_ref().r#type.clone();
        let begins = self.service.watch(request);
        let watch = self.pass(Call::Watch, kind.clone(), begins).await?;
        Ok(match self.faults.breaks(&kind) {
            Some(after) => watch.map(|answers| breaking(answers, after)),
            None => watch,
        })
    }

    async fn teardown(
        &self,
        request: Request<cosi::TeardownRequest>,
    ) -> Result<Response<cosi::TeardownResponse>, Status> {
        let kind = request.get_ref().r#type.clone();
        self.pass(Call::Teardown, kind, self.service.teardown(request))
            .await
    }

    async fn teardown_and_destroy(
        &self,
        request: Request<cosi::TeardownAndDestroyRequest>,
    ) -> Result<Response<cosi::TeardownAndDestroyResponse>, Status> {
        let kind = request.get_ref().r#type.clone();
        self.pass(
            Call::TeardownAndDestroy,
            kind,
            self.service.teardown_and_destroy(request),
        )
        .await
    }
}

fn type_of(resource: Option<&cosi::Resource>) -> String {
    let metadata = resource.and_then(|resource| resource.metadata.as_ref());
    metadata
        .map(|metadata| metadata.r#type.clone())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::StreamExt as _;
    use omni_api::{Kind as _, Resource, kind, specs};

    use super::*;
    use crate::infra::faults::{Script, install};

    struct Bench {
        clock: Clock,
        store: Store,
        faulty: Faulty,
        stop: CancellationToken,
    }

    fn bench(script: &str) -> Bench {
        let clock = Clock::manual();
        let store = Store::in_memory(clock.clone());
        install(&store, Some(&Script::parse(script).expect("a script"))).expect("installed");
        let stop = CancellationToken::new();
        let service = StateService::bare(store.clone(), stop.clone());
        let faulty = Faulty::new(service, &store, stop.clone());
        Bench {
            clock,
            store,
            faulty,
            stop,
        }
    }

    fn create(id: &str) -> Request<cosi::CreateRequest> {
        let cluster = Resource::<kind::Cluster>::new(id, specs::ClusterSpec::default());
        Request::new(cosi::CreateRequest {
            resource: Some(cluster.to_any().into()),
            options: None,
        })
    }

    fn is_there(store: &Store, id: &str) -> bool {
        store.peek::<kind::Cluster>(id).is_some()
    }

    #[tokio::test]
    async fn a_call_stalls_as_long_as_the_script_says_and_others_do_not() {
        let bench =
            bench("faults:\n- server-stalls: {call: create, kind: Clusters, after: 1, for: 30s}\n");
        bench
            .faulty
            .create(create("one"))
            .await
            .expect("the first is answered");
        let mut second = std::pin::pin!(bench.faulty.create(create("two")));
        assert!(futures::poll!(&mut second).is_pending());
        bench
            .faulty
            .create(create("three"))
            .await
            .expect("the third is answered");
        bench.clock.advance(Duration::from_secs(29));
        assert!(futures::poll!(&mut second).is_pending());
        assert!(
            !is_there(&bench.store, "two"),
            "it stands before the service"
        );
        bench.clock.advance(Duration::from_secs(1));
        second.await.expect("carried out at last");
        assert!(is_there(&bench.store, "two"));
    }

    #[tokio::test]
    async fn a_call_that_is_carried_out_loses_only_its_answer() {
        let bench = bench("faults:\n- server-stalls: {call: create, carried-out: true}\n");
        {
            let mut call = std::pin::pin!(bench.faulty.create(create("one")));
            assert!(futures::poll!(&mut call).is_pending());
            assert!(is_there(&bench.store, "one"));
        }
        let again = bench
            .faulty
            .create(create("one"))
            .await
            .expect_err("it is there");
        assert_eq!(again.code(), tonic::Code::AlreadyExists);
    }

    #[tokio::test]
    async fn a_plane_that_stops_does_not_wait_for_what_stalls() {
        let bench = bench("faults:\n- server-stalls: {}\n");
        let mut call = std::pin::pin!(bench.faulty.create(create("one")));
        assert!(futures::poll!(&mut call).is_pending());
        bench.stop.cancel();
        let error = call.await.expect_err("the plane stops");
        assert_eq!(error.code(), tonic::Code::Unavailable);
    }

    #[tokio::test]
    async fn a_watch_breaks_after_so_many_events_and_the_next_one_holds() {
        let bench = bench("faults:\n- watch-breaks: {kind: Clusters, after: 2}\n");
        let watch = || {
            Request::new(cosi::WatchRequest {
                namespace: kind::Cluster::NAMESPACE.to_owned(),
                r#type: kind::Cluster::TYPE.to_owned(),
                api_version: 1,
                ..cosi::WatchRequest::default()
            })
        };
        let mut first = bench
            .faulty
            .watch(watch())
            .await
            .expect("begun")
            .into_inner();
        let mut second = bench
            .faulty
            .watch(watch())
            .await
            .expect("begun")
            .into_inner();
        for id in ["one", "two", "three"] {
            bench.faulty.create(create(id)).await.expect("created");
        }
        let mut told = 0;
        let broke = loop {
            match first.next().await.expect("not over yet") {
                Ok(answer) => told += answer.event.len(),
                Err(error) => break error,
            }
        };
        assert_eq!((told, broke.code()), (2, tonic::Code::Unavailable));
        assert!(first.next().await.is_none());
        let mut told = 0;
        while told < 3 {
            told += second
                .next()
                .await
                .expect("it holds")
                .expect("an answer")
                .event
                .len();
        }
    }
}
