//! From the start of a process to its first answer.

use std::{
    error::Error,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::measure::latencies::Latencies;

/// From one try to the next.
const EVERY: Duration = Duration::from_micros(500);
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(clap::Args)]
pub struct Start {
    /// Where it will listen; it is told so by `BOATHOOK__SERVER__LISTEN`
    #[arg(long)]
    listen: SocketAddr,
    #[arg(long, default_value_t = 10)]
    count: usize,
    /// What is started
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

impl Start {
    pub fn run(self) -> Result<Value, Box<dyn Error>> {
        let mut latencies = Latencies::default();
        let began = Instant::now();
        for _ in 0..self.count {
            let begun = Instant::now();
            let mut command = Command::new(&self.command[0]);
            command
                .args(&self.command[1..])
                .env("BOATHOOK__SERVER__LISTEN", self.listen.to_string());
            let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
            while self.ask().is_err() {
                if begun.elapsed() > PATIENCE || process.try_wait()?.is_some() {
                    process.kill()?;
                    return Err("it never answered".into());
                }
                sleep(EVERY);
            }
            latencies.note(begun.elapsed());
            process.kill()?;
            process.wait()?;
        }
        Ok(latencies.over(began.elapsed()))
    }

    fn ask(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(self.listen)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream
            .write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        if answer.starts_with("HTTP/1.1 200") {
            Ok(())
        } else {
            Err(std::io::Error::other("no good answer"))
        }
    }
}
