//! When to stop: the signals by which a terminal and a cluster end a process.

/// Completes when the process is asked to end: by ctrl-c, by SIGTERM as a pod is, or because its terminal was closed.
///
/// # Panics
/// If the process can't register for the signals at all.
pub async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut term = signal(SignalKind::terminate()).expect("SIGTERM can be registered for");
        let mut hangup = signal(SignalKind::hangup()).expect("SIGHUP can be registered for");
        tokio::select! {
            biased;
            _ = term.recv() => {}
            _ = hangup.recv() => {}
            result = tokio::signal::ctrl_c() => result.expect("ctrl-c can be registered for"),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c()
        .await
        .expect("ctrl-c can be registered for");
}
