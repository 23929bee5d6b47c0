//! A headless Chromium, spoken to in its `DevTools` protocol through two pipes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value as Json, json};
use tempfile::TempDir;

/// One browser with one page, and its own profile.
pub(crate) struct Browser {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    session: Json,
    calls: u64,
    _profile: TempDir,
}

/// The program, found on PATH.
fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let candidates = std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .collect::<Vec<_>>();
    candidates.into_iter().find(|candidate| candidate.is_file())
}

// === impl Browser ===

impl Browser {
    /// A browser that shows a file; `None` (and a line that says so) where there is no Chromium.
    pub(crate) fn open(test: &str, file: &Path, dark: bool) -> Option<Self> {
        let Some(program) = find() else {
            assert!(
                std::env::var_os("OMNI_REQUIRE_TOOLS").is_none(),
                "{test} needs chromium on PATH"
            );
            println!("skipped: {test} (chromium is not on PATH)");
            return None;
        };
        let profile = tempfile::tempdir().expect("a folder");
        let mut browser = Self::start(&program, profile);
        let target = browser.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        browser.session = browser.call("Target.attachToTarget", &attach)["sessionId"].clone();
        let scheme = if dark { "dark" } else { "light" };
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        browser.call(
            "Emulation.setEmulatedMedia",
            &json!({ "features": [feature] }),
        );
        let size = json!({ "width": 1200, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        browser.call("Emulation.setDeviceMetricsOverride", &size);
        // Whatever a page would load shows here as an error.
        browser.call("Network.enable", &json!({}));
        browser.call("Network.emulateNetworkConditions", &json!({ "offline": true, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0 }));
        browser.call("Page.enable", &json!({}));
        browser.call(
            "Page.navigate",
            &json!({ "url": format!("file://{}", file.display()) }),
        );
        browser.until("Page.loadEventFired");
        Some(browser)
    }

    /// `DevTools` speaks on descriptors 3 and 4; the shell puts our pipes there.
    fn start(program: &Path, profile: TempDir) -> Self {
        const QUIET: [&str; 10] = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--remote-debugging-pipe",
        ];
        let mut child = Command::new("sh")
            .args(["-c", r#"exec "$@" 3<&0 4>&1 >/dev/null"#, "sh"])
            .arg(program)
            .args(QUIET)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let (input, output) = (child.stdin.take(), child.stdout.take());
        Self {
            child,
            input: input.expect("a pipe"),
            output: BufReader::new(output.expect("a pipe")),
            session: Json::Null,
            calls: 0,
            _profile: profile,
        }
    }

    /// Calls a method and answers its result.
    pub(crate) fn call(&mut self, method: &str, parameters: &Json) -> Json {
        self.calls += 1;
        let id = self.calls;
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if !self.session.is_null() {
            message["sessionId"] = self.session.clone();
        }
        self.input
            .write_all(format!("{message}\0").as_bytes())
            .expect("the browser listens");
        loop {
            let answer = self.receive();
            if answer["id"] == id {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
        }
    }

    fn until(&mut self, event: &str) {
        while self.receive()["method"] != event {}
    }

    fn receive(&mut self) -> Json {
        let mut message = Vec::new();
        self.output
            .read_until(0, &mut message)
            .expect("the browser speaks");
        assert_eq!(message.pop(), Some(0), "the browser has ended");
        serde_json::from_slice(&message).expect("JSON")
    }

    /// The value of an expression in the page.
    pub(crate) fn eval(&mut self, expression: &str) -> Json {
        let result = self.call(
            "Runtime.evaluate",
            &json!({ "expression": expression, "returnByValue": true }),
        );
        assert!(
            result["exceptionDetails"].is_null(),
            "{expression}: {result}"
        );
        result["result"]["value"].clone()
    }

    /// Presses and releases keys, by the names that the DOM has for them.
    pub(crate) fn press(&mut self, keys: &[&str]) {
        for key in keys {
            let mut down = json!({ "type": "keyDown", "key": key });
            if key.chars().count() == 1 {
                down["text"] = json!(key);
            }
            self.call("Input.dispatchKeyEvent", &down);
            self.call(
                "Input.dispatchKeyEvent",
                &json!({ "type": "keyUp", "key": key }),
            );
        }
    }

    /// Types text where the focus is.
    pub(crate) fn type_text(&mut self, text: &str) {
        self.call("Input.insertText", &json!({ "text": text }));
    }

    /// Keeps a picture where `OMNI_TREE_PICTURES` names a folder, for people to look at.
    pub(crate) fn picture(&mut self, name: &str) {
        let Some(folder) = std::env::var_os("OMNI_TREE_PICTURES") else {
            return;
        };
        let picture = self.call("Page.captureScreenshot", &json!({ "format": "png" }));
        let data = picture["data"].as_str().expect("a picture");
        let bytes =
            base64::Engine::decode(&base64::prelude::BASE64_STANDARD, data).expect("base64");
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), bytes).expect("written");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its pipe closes and it ends; a browser that does not is no use to anybody.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
