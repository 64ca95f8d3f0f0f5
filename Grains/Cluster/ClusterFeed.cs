using System.Text.Json;
using Crm.Engine;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Crm.Cluster;

/// <summary>A process's end of the feed: holds a lease with every silo for what its own listeners want, and passes on what comes.</summary>
/// <param name="here">Whoever hears in this process.</param>
/// <param name="backlogs">Is told how far behind the silos are.</param>
/// <param name="itself">The key of the silo in this process, which needs no lease; null when there is none.</param>
public sealed class ClusterFeed(EmbeddedFeed here, SiloBacklogs backlogs, IGrainFactory grains, Func<string?> itself, TimeProvider time, ILogger<ClusterFeed> log)
    : BackgroundService, IFeed
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(2);
    private readonly Lock _gate = new();
    private readonly Dictionary<Interest, int> _wanted = [];
    private readonly SemaphoreSlim _news = new(0, 1);
    private Ear? _ear;
    private string[] _silos = [];
    private bool _away;

    /// <summary>Silos that have this process's lease now.</summary>
    public int Silos { get; private set; }

    /// <inheritdoc />
    public IDisposable Subscribe(string? tenant, Action<Nudge> heard) => Subscribe(new Interest(tenant, null), heard);

    /// <inheritdoc />
    public IDisposable Subscribe(string? tenant, string kind, Action<Nudge> heard) => Subscribe(new Interest(tenant, kind), nudge =>
    {
        if (nudge.At.Kind == kind)
        {
            heard(nudge);
        }
    });

    /// <inheritdoc />
    public override void Dispose()
    {
        base.Dispose();
        _news.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _ear = new(here, backlogs, log); // Orleans holds it weakly: it lives as long as this does, and ends with the client of the cluster.
        var observer = grains.CreateObjectReference<IFeedObserver>(_ear);
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await Renew(observer);
                await _news.WaitAsync(Leases.Renewal, stoppingToken);
            }
        }
        catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException && stoppingToken.IsCancellationRequested)
        {
            await Task.WhenAll(_silos.Select(silo => Say(silo, grain => grain.Leave(observer))));
        }
    }

    private Hearing Subscribe(Interest interest, Action<Nudge> heard)
    {
        Count(interest, 1);
        return new(here.Subscribe(interest.Tenant, heard), () => Count(interest, -1));
    }

    private void Count(Interest interest, int by)
    {
        lock (_gate)
        {
            var count = _wanted.GetValueOrDefault(interest) + by;
            var changed = count == 0 ? _wanted.Remove(interest) : by > 0 && count == 1;
            if (count > 0)
            {
                _wanted[interest] = count;
            }

            if (changed && _news.CurrentCount == 0)
            {
                _news.Release();
            }
        }
    }

    private async Task Renew(IFeedObserver observer)
    {
        Interest[] wanted;
        lock (_gate)
        {
            wanted = [.. _wanted.Keys];
        }

        try
        {
            _silos = await grains.GetGrain<IFeedGrain>(IFeedGrain.Any).Silos().WaitAsync(AnswerWithin, time);
            backlogs.Count(_silos.Length);
        }
        catch (Exception fault)
        {
            Away(fault);
        }

        var others = _silos.Where(silo => silo != itself()).ToList();
        var reached = await Task.WhenAll(others.Select(silo => Say(silo, grain => grain.Hear(observer, wanted))));
        Silos = reached.Count(there => there);
        if (Silos == others.Count)
        {
            _away = false;
        }
    }

    private async Task<bool> Say(string silo, Func<IFeedGrain, Task> what)
    {
        try
        {
            await what(grains.GetGrain<IFeedGrain>(silo)).WaitAsync(AnswerWithin, time);
            return true;
        }
        catch (Exception fault)
        {
            Away(fault);
            return false;
        }
    }

    // Once for each time that a silo goes: what it would have said is caught up with by comparing heads.
    private void Away(Exception fault)
    {
        if (!_away)
        {
            _away = true;
            log.LogWarning("A silo does not answer ({Fault}); it is asked again every second.", fault.GetType().Name);
        }
    }

    private sealed class Ear(EmbeddedFeed here, SiloBacklogs backlogs, ILogger log) : IFeedObserver
    {
        public Task Heard(byte[][] nudges)
        {
            foreach (var nudge in nudges)
            {
                try
                {
                    here.Nudge(Wire.Decode(nudge));
                }
                catch (JsonException unreadable)
                {
                    log.LogWarning("A nudge cannot be read ({Path}): its silo is of another version.", unreadable.Path);
                }
            }

            return Task.CompletedTask;
        }

        public Task Behind(string silo, TimeSpan oldest)
        {
            backlogs.Say(silo, oldest);
            return Task.CompletedTask;
        }
    }

    private sealed class Hearing(IDisposable inner, Action end) : IDisposable
    {
        private Action? _end = end;

        public void Dispose()
        {
            inner.Dispose();
            Interlocked.Exchange(ref _end, null)?.Invoke();
        }
    }
}
