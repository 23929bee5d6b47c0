//! A bucket of an S3-compatible store on loopback, for tests: lists, takes and gives objects to whoever has the key.
//!
//! It checks the id of the access key and the name of the bucket, and answers as S3 does where they are wrong. It ends with the
//! value that stands for it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// The bucket's name.
pub(crate) const NAME: &str = "etcd-backups";
/// The id of the access key that may use it.
pub(crate) const KEY_ID: &str = "AKIATEST";

/// A running store.
pub(crate) struct Bucket {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    stopped: AtomicBool,
}

/// A request, as far as it matters here.
struct Request {
    method: String,
    path: String,
    query: String,
    key_id: String,
    body: Vec<u8>,
}

// === impl Bucket ===

impl Bucket {
    /// Starts a store with the one bucket.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared::default());
        let theirs = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if theirs.stopped.load(Ordering::Relaxed) {
                    break;
                }
                let shared = theirs.clone();
                std::thread::spawn(move || shared.serve(&stream));
            }
        });
        Self { address, shared }
    }

    /// Its URL.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Paths of what is in it.
    #[allow(dead_code, reason = "not every test looks into it")]
    pub(crate) fn objects(&self) -> Vec<String> {
        let objects = self.shared.objects.lock().expect("nobody panics");
        objects.keys().cloned().collect()
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(self.address);
    }
}

// === impl Shared ===

impl Shared {
    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some(request) = Request::read(&mut reader) {
            let (status, body) = self.answer(request);
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nETag: \"x\"\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n",
                body.len()
            );
            let mut stream = stream;
            if stream
                .write_all(&[head.as_bytes(), &body].concat())
                .is_err()
            {
                return;
            }
        }
    }

    fn answer(&self, request: Request) -> (&'static str, Vec<u8>) {
        if request.key_id != KEY_ID {
            return fault("403 Forbidden", "AccessDenied", "Access Denied");
        }
        let path = request.path.trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        if bucket != NAME {
            let text = "The specified bucket does not exist";
            return fault("404 Not Found", "NoSuchBucket", text);
        }
        let mut objects = self.objects.lock().expect("nobody panics");
        match (request.method.as_str(), key) {
            ("GET", "") => ("200 OK", list(&objects, &request.query).into_bytes()),
            ("GET", key) => match objects.get(key) {
                Some(object) => ("200 OK", object.clone()),
                None => fault(
                    "404 Not Found",
                    "NoSuchKey",
                    "The specified key does not exist.",
                ),
            },
            ("PUT", key) => {
                objects.insert(key.to_owned(), request.body);
                ("200 OK", Vec::new())
            }
            _ => fault("405 Method Not Allowed", "MethodNotAllowed", "not here"),
        }
    }
}

fn fault(status: &'static str, code: &str, text: &str) -> (&'static str, Vec<u8>) {
    let body = format!("<Error><Code>{code}</Code><Message>{text}</Message></Error>");
    (status, body.into_bytes())
}

fn list(objects: &BTreeMap<String, Vec<u8>>, query: &str) -> String {
    let prefix = query
        .split('&')
        .find_map(|part| part.strip_prefix("prefix="))
        .unwrap_or_default()
        .replace("%2F", "/");
    let contents: String = objects
        .iter()
        .filter(|(key, _)| key.starts_with(&prefix))
        .map(|(key, object)| {
            let size = object.len();
            format!(
                "<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>\"x\"</ETag><Size>{size}</Size></Contents>"
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?><ListBucketResult><Name>{NAME}</Name><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
    )
}

// === impl Request ===

impl Request {
    fn read(reader: &mut BufReader<&TcpStream>) -> Option<Self> {
        let mut line = String::new();
        reader
            .read_line(&mut line)
            .ok()
            .filter(|length| *length > 0)?;
        let mut words = line.split_whitespace();
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let (mut length, mut key_id) = (0, String::new());
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().ok()?,
                "authorization" => {
                    let credential = value.split("Credential=").nth(1)?;
                    credential.split('/').next()?.clone_into(&mut key_id);
                }
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        Some(Self {
            path: path.to_owned(),
            query: query.to_owned(),
            method,
            key_id,
            body,
        })
    }
}
