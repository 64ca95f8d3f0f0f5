using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Crm.Load;

/// <summary>The silos and front ends of one cluster, each a process of its own, on free ports.</summary>
/// <param name="assembly">The product, relative to the root of the project; null for the one that is released.</param>
public sealed class Nodes(string database, string masterKey, string? assembly = null) : IAsyncDisposable
{
    /// <summary>Of the demo users.</summary>
    public const string Password = "Correct-Horse-42!";

    private const string Released = "Silo/bin/Release/net10.0/Silo.dll";
    private static int s_clusters;
    private readonly string _id = $"nodes-{Environment.ProcessId}-{Interlocked.Increment(ref s_clusters)}";
    private readonly ConcurrentBag<Node> _all = [];

    /// <summary>The name of their cluster.</summary>
    public string Id => _id;

    /// <summary>Starts a node and waits until it says that it is ready.</summary>
    /// <param name="role"><c>silo</c> or <c>web</c>.</param>
    public async Task<Node> Start(string role, params (string Name, string Value)[] variables)
    {
        var node = Begin(role, variables);
        await node.Ready;
        return node;
    }

    /// <summary>Starts a node that may never be ready.</summary>
    public Node Begin(string role, params (string Name, string Value)[] variables)
    {
        var node = new Node(role, Directory.CreateTempSubdirectory("crm-node-").FullName, [
            ("CRM_DATABASE", database), ("CRM_MASTER_KEY", masterKey), ("CRM_CLUSTER_ID", _id), ("CRM_CLUSTERING", "postgres"), ("CRM_ENGINE", "cluster"),
            ("CRM_PORT", "0"), ("CRM_SILO_PORT", "0"), ("CRM_GATEWAY_PORT", "0"), ("CRM_SEED", "demo"), ("CRM_LIMITS", "off"), .. variables], assembly ?? Released);
        _all.Add(node);
        return node;
    }

    /// <summary>Ends every node that still runs.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_all.Select(node => node.DisposeAsync().AsTask()));
}

/// <summary>One process of a cluster.</summary>
public sealed class Node : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _data;
    private readonly TaskCompletionSource<Uri> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> _lines = new();

    internal Node(string role, string data, (string Name, string Value)[] variables, string assembly)
    {
        (Role, _data) = (role, data);
        var start = new ProcessStartInfo("dotnet", [Path.Combine(Root(), assembly), role])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
            Environment = { ["CRM_DATA"] = data, ["DOTNET_ENVIRONMENT"] = "Production" },
        };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        _process = new() { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException($"{role} ended before it was ready:\n{Output}"));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary><c>silo</c> or <c>web</c>.</summary>
    public string Role { get; }

    /// <summary>Its address, once it serves.</summary>
    public Task<Uri> Ready => _ready.Task;

    /// <summary>All that it said.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>It runs no more.</summary>
    public Task Ended => _process.WaitForExitAsync();

    /// <summary>Processor time so far, in seconds.</summary>
    public double ProcessorSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Its process id.</summary>
    public int Pid => _process.Id;

    /// <summary>Its exit code, after it ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>As a crash ends it.</summary>
    public Task Kill()
    {
        _process.Kill();
        return Ended;
    }

    /// <summary>As an operator ends it.</summary>
    public async Task Stop()
    {
        await Signal("TERM");
        await Ended;
    }

    /// <summary>It stands still, as in a virtual machine that is moved.</summary>
    public Task Pause() => Signal("STOP");

    /// <summary>It goes on.</summary>
    public Task Wake() => Signal("CONT");

    /// <summary>An HTTP client that is signed in, and its token.</summary>
    public async Task<(HttpClient Client, string Token)> SignIn(string email)
    {
        var client = new HttpClient { BaseAddress = await Ready, Timeout = TimeSpan.FromSeconds(30) };
        using var answer = await client.PostAsJsonAsync("/api/v1/auth/token", new { email, password = Nodes.Password });
        answer.EnsureSuccessStatusCode();
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("accessToken").GetString()!;
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return (client, token);
    }

    /// <summary>Ends it if it still runs, and takes its data along.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await Kill();
        }

        _process.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    private async Task Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString()]);
        await kill.WaitForExitAsync();
    }

    private void Hear(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
            if (line.StartsWith("ready: ", StringComparison.Ordinal))
            {
                _ready.TrySetResult(new(line["ready: ".Length..]));
            }
        }
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Crm.Orleans.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The root of the project is not above this program.");
        }

        return folder.FullName;
    }
}
