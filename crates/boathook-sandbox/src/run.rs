//! Starts and stops a sandbox: one cluster, with its API server, its data plane and the control
//! port on loopback.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
};

use actix_web::{
    App, HttpServer,
    dev::ServerHandle,
    web::{Data, ServiceConfig},
};
use boathook_core::clock::Clock;

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use crate::{
    Cluster, Gateway, Settings, api_server, control,
    home::{Home, WriteFileError},
    ingress,
    registry::{PublishError, Registry},
};

/// What a sandbox is started with.
#[derive(Clone, Debug)]
pub struct SandboxOptions {
    /// Where its files go.
    pub directory: PathBuf,
    /// The `boathook-sandbox` program, which the `crictl` stand-in runs.
    pub program: PathBuf,
    /// The API server's port; 0 for any free port.
    pub api_port: u16,
    /// The data plane's port; 0 for any free port.
    pub ingress_port: u16,
    /// The control port; 0 for any free port.
    pub control_port: u16,
    /// Further images, each `REPOSITORY:TAG=BEHAVIOUR`.
    pub images: Vec<String>,
    /// How the cluster is set up; its time of day is the machine's.
    pub cluster: Settings,
}

/// A sandbox that listens.
#[derive(Debug)]
pub struct Sandbox {
    /// Its files and addresses.
    pub home: Home,
    /// The cluster behind it all.
    pub cluster: Cluster,
    servers: Vec<ServerHandle>,
    gateways: CancellationToken,
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An image could not be published.
    #[error("failed to publish the images")]
    Publish(#[from] PublishError),
    /// A port could not be had.
    #[error("failed to listen on 127.0.0.1:{port}")]
    Listen {
        /// The port; 0 for any free port.
        port: u16,
        /// The system's error.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("failed to set up the sandbox's directory")]
    Home(#[from] WriteFileError),
}

impl Sandbox {
    /// Starts one; it listens when this returns.
    pub fn start(options: SandboxOptions) -> Result<Self, StartError> {
        let SandboxOptions {
            directory,
            program,
            api_port,
            ingress_port,
            control_port,
            images,
            cluster: settings,
        } = options;
        let domain = settings.domain.clone();
        let cluster = Cluster::new(Settings { start: Clock::system().now(), ..settings });
        let registry = Registry::stocked(cluster.clone())?;
        for image in &images {
            registry.publish(image)?;
        }
        let (api, api_server) = listen(api_port, &cluster, &registry, api_server::configure)?;
        let gateways = CancellationToken::new();
        let ingress = open_gateway(ingress_port, &cluster, Gateway::Public, &gateways)?;
        let local_ingress = open_gateway(0, &cluster, Gateway::ClusterLocal, &gateways)?;
        let (control, control_server) =
            listen(control_port, &cluster, &registry, control::configure)?;
        let home = Home { directory, program, api, ingress, local_ingress, control, domain };
        home.write()?;
        Ok(Self { home, cluster, servers: vec![api_server, control_server], gateways })
    }

    /// Stops listening and drops what is still open, watches too.
    pub async fn stop(self) {
        self.gateways.cancel();
        join_all(self.servers.iter().map(|server| server.stop(false))).await;
    }
}

fn open_gateway(
    port: u16,
    cluster: &Cluster,
    gateway: Gateway,
    stop: &CancellationToken,
) -> Result<SocketAddr, StartError> {
    let failed = |source| StartError::Listen { port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    ingress::serve(listener, cluster.clone(), gateway, stop.clone()).map_err(failed)?;
    Ok(address)
}

fn listen(
    port: u16,
    cluster: &Cluster,
    registry: &Registry,
    configure: fn(&mut ServiceConfig),
) -> Result<(SocketAddr, ServerHandle), StartError> {
    let failed = |source| StartError::Listen { port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let cluster = Data::new(cluster.clone());
    let registry = Data::new(registry.clone());
    let server = HttpServer::new(move || {
        App::new().app_data(cluster.clone()).app_data(registry.clone()).configure(configure)
    })
    .workers(1)
    .disable_signals()
    .listen(listener)
    .map_err(failed)?
    .run();
    let handle = server.handle();
    tokio::spawn(server);
    Ok((address, handle))
}
