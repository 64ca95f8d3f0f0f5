using System.Diagnostics;

namespace Crm.Silo.Postgres.Embedded;

/// <summary>One run of the server, in a session of its own: a Ctrl-C in the terminal is for the application to act on, which still needs its database to finish.</summary>
internal sealed class ServerProcess : IDisposable
{
    // The shell holds the other end of our pipe. When we end, even by kill -9, the pipe closes and the server is told to shut down.
    private const string Script = """
        exec >>"$1" 2>&1
        shift
        exec 3<&0
        "$@" </dev/null 3<&- &
        server=$!
        { read -r _ <&3; kill -INT "$server"; } 2>/dev/null &
        watch=$!
        wait "$server"
        code=$?
        kill -KILL "$watch" 2>/dev/null
        exit "$code"
        """;

    private readonly Process _shell;

    private ServerProcess(Process shell) => _shell = shell;

    /// <summary>Completes when the server has ended, with its exit code.</summary>
    public async Task<int> Ended(CancellationToken cancel = default)
    {
        await _shell.WaitForExitAsync(cancel);
        return _shell.ExitCode;
    }

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _shell.HasExited;

    /// <summary>Starts a server that logs to a file.</summary>
    public static ServerProcess Start(string logFile, IReadOnlyList<string> command)
    {
        // Linux has setsid; macOS has perl instead.
        IReadOnlyList<string> session = Commands.Locate("setsid") is { } setsid
            ? [setsid]
            : [Commands.Locate("perl") ?? throw new EmbeddedPostgresException("Install setsid (util-linux) or perl."), "-e", "use POSIX; POSIX::setsid(); exec @ARGV or die;"];
        var start = Commands.Describe([.. session, "/bin/sh", "-c", Script, "crm-postgres", logFile, .. command]);
        start.RedirectStandardInput = true;
        return new(Process.Start(start)!);
    }

    /// <summary>Asks for a fast shutdown (open transactions roll back) and waits for it; a server that does not heed within 30 s is told to quit and recovers at its next start.</summary>
    public async Task Stop(DataFolder folder)
    {
        _shell.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await Ended(patience.Token);
        }
        catch (OperationCanceledException)
        {
            if (folder.RunningServer() is { } pid)
                await Commands.Run(["/bin/sh", "-c", $"kill -QUIT {pid}"]);
            await Ended();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _shell.Dispose();
}
