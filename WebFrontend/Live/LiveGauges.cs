using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;

namespace Crm.Web.Live;

/// <summary>What stands open on this front end now; counted when somebody asks.</summary>
internal sealed class LiveGauges(OpenConnections connections, Flusher flusher) : IHostedService, IDisposable
{
    private Meter? _meter;

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _meter = new(LiveSignals.Name);
        _meter.CreateObservableGauge("crm.live.connections", () => (long)connections.Known.Count(), "{connection}", "Open connections with a session.");
        _meter.CreateObservableGauge("crm.live.watches", () => ByKind(connection => connection.Watches.Keys.Select(static at => at.Kind)), "{watch}", "Records watched, one for each connection.");
        _meter.CreateObservableGauge("crm.live.lists", () => ByKind(connection => connection.Lists.Values.Select(static list => list.Kind.Name)), "{list}", "Lists watched, one for each connection.");
        _meter.CreateObservableGauge("crm.live.queued", () => connections.Known.Sum(static connection => connection.Outbox.Bytes), "By", "Bytes that wait for sockets.");
        _meter.CreateObservableGauge("crm.live.window", () => flusher.Window.TotalSeconds, "s", "How long changes wait for each other now; 0 at low load.");
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public void Dispose() => _meter?.Dispose();

    private IEnumerable<Measurement<long>> ByKind(Func<LiveConnection, IEnumerable<string>> kinds) =>
        connections.Known.SelectMany(kinds).CountBy(static kind => kind)
            .Select(static count => new Measurement<long>(count.Value, new KeyValuePair<string, object?>("kind", count.Key)));
}
