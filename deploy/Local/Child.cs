using System.Diagnostics;

namespace Crm.Local;

/// <summary>A process that is told to stop when this one ends, however it ends.</summary>
internal sealed class Child : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    // The shell holds the other end of our pipe: closing it, or being killed, tells the child to stop. It says the child's own id first.
    private const string Script = """
        exec 3<&0
        "$@" </dev/null 3<&- &
        child=$!
        echo "process: $child"
        { read -r _ <&3; kill -TERM "$child"; } 2>/dev/null &
        watch=$!
        wait "$child"
        code=$?
        kill -KILL "$watch" 2>/dev/null
        exit "$code"
        """;

    private readonly Process _shell;
    private readonly Action<string> _say;
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _stopping;

    private Child(string name, Process shell, Action<string> say) => (Name, _shell, _say) = (name, shell, say);

    public string Name { get; }

    /// <summary>Its process id; 0 before it has one.</summary>
    public int Process { get; private set; }

    /// <summary>We have told it to stop.</summary>
    public bool IsStopping => _stopping;

    /// <summary>Completes with its exit code; 128 and the signal's number where one ended it.</summary>
    public Task<int> Ended { get; private set; } = Task.FromResult(0);

    /// <summary>Starts a program. A session of its own keeps a Ctrl-C of the terminal from it: we stop things in order.</summary>
    /// <param name="say">Gets each line of its outputs.</param>
    public static Child Start(string name, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> variables, Action<string> say)
    {
        string[] session = File.Exists("/usr/bin/setsid") ? ["/usr/bin/setsid", "-w"] : [];
        string[] all = [.. session, "/bin/sh", "-c", Script, "crm-child", .. command];
        var start = new ProcessStartInfo(all[0], all.Skip(1)) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (variable, value) in variables)
        {
            start.Environment[variable] = value;
        }

        var child = new Child(name, System.Diagnostics.Process.Start(start) ?? throw new InvalidOperationException($"{name} does not start."), say);
        child.Ended = child.Run();
        return child;
    }

    /// <summary>Waits for a line.</summary>
    /// <exception cref="InvalidOperationException">It ended without having said so.</exception>
    public async Task<string> Said(Predicate<string> wanted)
    {
        while (true)
        {
            Task more;
            lock (_gate)
            {
                if (_lines.Find(wanted) is { } line)
                {
                    return line;
                }

                more = _more.Task;
            }

            if (await Task.WhenAny(more, Ended) == Ended && Ended.IsCompleted && !more.IsCompleted)
            {
                throw new InvalidOperationException($"{Name} ended with {await Ended} before it was ready: {_lines.LastOrDefault() ?? "it said nothing"}");
            }
        }
    }

    /// <summary>Tells it to stop and waits; one that does not heed is killed.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        try
        {
            _shell.StandardInput.Close();
            await Ended.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            _shell.Kill(entireProcessTree: true);
            await Ended;
        }

        _shell.Dispose();
    }

    private async Task<int> Run()
    {
        await Task.WhenAll(Read(_shell.StandardOutput), Read(_shell.StandardError));
        await _shell.WaitForExitAsync();
        return _shell.ExitCode;
    }

    private async Task Read(StreamReader output)
    {
        const string process = "process: ";
        while (await output.ReadLineAsync() is { } line)
        {
            if (Process == 0 && line.StartsWith(process, StringComparison.Ordinal))
            {
                Process = int.Parse(line[process.Length..]);
                continue;
            }

            lock (_gate)
            {
                _lines.Add(line);
                if (_lines.Count > 1_000)
                {
                    _lines.RemoveRange(0, 500);
                }

                _more.TrySetResult();
                _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            _say(line);
        }
    }
}
