using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Crm.Load;

/// <summary>The product, started as a user starts it, on a free port and with data of its own.</summary>
public sealed class Product : IAsyncDisposable
{
    /// <summary>Of the demo users.</summary>
    public const string Password = "Correct-Horse-42!";

    private readonly Process _process;
    private readonly string _data;

    private Product(Process process, string data, Uri url, TimeSpan ready) => (_process, _data, Url, ReadyAfter) = (process, data, url, ready);

    /// <summary>Where it serves.</summary>
    public Uri Url { get; }

    /// <summary>From the start of the command to its line <c>ready:</c>.</summary>
    public TimeSpan ReadyAfter { get; }

    /// <summary>The process whose children include the database.</summary>
    public int Pid => _process.Id;

    /// <summary>Starts it; limits that are there against abuse are lifted for the load.</summary>
    /// <param name="pinned">On its half of the processors, and not on all.</param>
    /// <param name="data">A folder to keep; null for one that goes with the product.</param>
    /// <param name="variables"><c>NAME=VALUE</c> for its environment, several with spaces between them.</param>
    public static async Task<Product> Start(string? data = null, bool pinned = false, string variables = "")
    {
        var root = FindRoot();
        var folder = data ?? Directory.CreateTempSubdirectory("crm-load-").FullName;
        var info = new ProcessStartInfo(Path.Combine(root, "crm"), "up") { WorkingDirectory = root, UseShellExecute = false, RedirectStandardOutput = true };
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["CRM_PORT"] = "0", ["CRM_DATA"] = folder, ["CRM_SEED"] = "demo", ["CRM_ENGINE"] = "embedded", ["CRM_LIMITS"] = "off",
        })
        {
            info.Environment[name] = value;
        }

        foreach (var variable in variables.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            info.Environment[variable[..variable.IndexOf('=')]] = variable[(variable.IndexOf('=') + 1)..];
        }

        var clock = Stopwatch.StartNew();
        var process = (pinned ? Cores.Start(info) : Process.Start(info)) ?? throw new InvalidOperationException("crm up did not start.");
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("ready: ", StringComparison.Ordinal))
            {
                var ready = clock.Elapsed;
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
                return new(process, data is null ? folder : "", new(line["ready: ".Length..]), ready);
            }

            await Console.Error.WriteLineAsync(line);
        }

        throw new InvalidOperationException("crm up ended before it was ready.");
    }

    /// <summary>An HTTP client that is signed in, and its token.</summary>
    public async Task<(HttpClient Client, string Token)> SignIn(string email)
    {
        var client = new HttpClient { BaseAddress = Url };
        using var answer = await client.PostAsJsonAsync("/api/v1/auth/token", new { email, password = Password });
        answer.EnsureSuccessStatusCode();
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("accessToken").GetString()!;
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return (client, token);
    }

    /// <summary>Stops it as a user would, and takes its data along.</summary>
    public async ValueTask DisposeAsync()
    {
        using (var stop = Process.Start("kill", $"-TERM {Pid}"))
        {
            await stop.WaitForExitAsync();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        if (_data.Length > 0)
        {
            Directory.Delete(_data, recursive: true);
        }
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Crm.Orleans.sln")) || File.Exists(Path.Combine(folder.FullName, "crm")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("The root of the project is not above this program.");
    }
}
