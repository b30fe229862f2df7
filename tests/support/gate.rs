//! A way to a server that is closed at first: nobody listens there, as before a server has started.

use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread::spawn;

use url::Url;

/// A port at which nobody listens until it is opened.
#[derive(Debug)]
pub(crate) struct Gate {
    server: (String, u16),
    port: u16,
}

impl Gate {
    /// Makes a closed gate before the server of a URL, and returns the URL that leads through it.
    pub(crate) fn closed(url: &str) -> (Gate, String) {
        let mut url = Url::parse(url).expect("a URL");
        let server = (url.host_str().expect("a host").to_owned(), url.port().expect("a port"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        url.set_ip_host("127.0.0.1".parse().expect("an address")).expect("a URL with a host");
        url.set_port(Some(port)).expect("a URL with a host");
        (Gate { server, port }, url.to_string())
    }

    /// Opens it, for as long as the process lives.
    pub(crate) fn open(self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).expect("the port is still free");
        spawn(move || {
            for from in listener.incoming().flatten() {
                let to = TcpStream::connect((&*self.server.0, self.server.1)).expect("the server runs");
                pass(&from, &to);
                pass(&to, &from);
            }
        });
    }
}

/// Passes on all that comes from one side, on a thread of its own.
fn pass(from: &TcpStream, to: &TcpStream) {
    let (mut from, mut to) = (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
    spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}
