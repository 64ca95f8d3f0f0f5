using System.Collections.Concurrent;
using Crm.Engine;

namespace Crm.Silo.Workers;

/// <summary>Runs imports, a few at once and one of a tenant at a time, so that no tenant's files hold up another's. Goes on with those that a crash broke off.</summary>
public sealed class ImportWorker(ImportQueue queue, Uploads uploads, ImportRunner runner, TimeProvider time, ILogger<ImportWorker> log) : BackgroundService
{
    private const int AtOnce = 4;
    private const int Attempts = 5;
    private readonly Dictionary<string, Task> _tenants = [];
    private readonly ConcurrentDictionary<Address, byte> _waiting = new();
    private readonly SemaphoreSlim _places = new(AtOnce);

    /// <inheritdoc />
    public override void Dispose()
    {
        _places.Dispose();
        base.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var job in uploads.Unfinished())
        {
            queue.Start(job);
        }

        try
        {
            await foreach (var job in queue.Jobs(stoppingToken))
            {
                if (_waiting.TryAdd(job, 0))
                {
                    var before = _tenants.GetValueOrDefault(job.Tenant, Task.CompletedTask);
                    _tenants[job.Tenant] = Task.Run(() => Run(job, before, stoppingToken), CancellationToken.None);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await Task.WhenAll(_tenants.Values);
        }
    }

    private async Task Run(Address job, Task before, CancellationToken stop)
    {
        await before; // Never faults.
        try
        {
            await _places.WaitAsync(stop);
            try
            {
                _waiting.TryRemove(job, out _); // From here on a new order for this job is work of its own.
                await Try(job, stop);
            }
            finally
            {
                _places.Release();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The file or the marker is still there: the next start goes on.
        }
    }

    private async Task Try(Address job, CancellationToken stop)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await runner.Run(job, stop);
                return;
            }
            catch (Exception fault) when (!stop.IsCancellationRequested)
            {
                log.LogWarning(fault, "Import {Job} broke off, attempt {Attempt}.", job, attempt);
                if (attempt == Attempts)
                {
                    await GiveUp(job);
                    return;
                }

                await Task.Delay(TimeSpan.FromSeconds(Math.Pow(2, attempt)), time, stop);
            }
        }
    }

    private async Task GiveUp(Address job)
    {
        try
        {
            await runner.Fail(job, "It broke off several times. What was imported until then is there; import the file again for the rest.");
            uploads.Remove(job);
        }
        catch (Exception fault)
        {
            log.LogError(fault, "Import {Job} could not be ended; the next start tries it again.", job);
        }
    }
}
