using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Crm.Faults;

/// <summary>Where webhooks are sent to.</summary>
public sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Id, string Ref, long Version)> _heard = new();

    private Receiver(WebApplication app) => _app = app;

    /// <summary>Its address.</summary>
    public Uri Url => new(_app.Urls.First());

    /// <summary>Decides how a delivery is answered, by the record and the version that it is of: 200 unless told otherwise.</summary>
    public Func<string, long, int> Answer { get; set; } = static (_, _) => StatusCodes.Status200OK;

    /// <summary>The id of every delivery that was made, in order.</summary>
    public IEnumerable<string> Ids => _heard.Select(each => each.Id);

    /// <summary>The versions of a record that it took, in order.</summary>
    public IEnumerable<long> Heard(string reference) => _heard.Where(each => each.Ref == reference).Select(each => each.Version);

    /// <summary>Starts it on a free port of the loopback.</summary>
    public static async Task<Receiver> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new Receiver(app);
        app.Run(receiver.Take);
        await app.StartAsync();
        return receiver;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task Take(HttpContext http)
    {
        var data = (await JsonDocument.ParseAsync(http.Request.Body)).RootElement.GetProperty("data");
        var (reference, version) = (data.GetProperty("ref").GetString()!, data.GetProperty("version").GetInt64());
        http.Response.StatusCode = Answer(reference, version);
        if (http.Response.StatusCode == StatusCodes.Status200OK)
        {
            _heard.Enqueue((http.Request.Headers["webhook-id"].ToString(), reference, version));
        }
    }
}
