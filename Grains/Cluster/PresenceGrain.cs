using Crm.Engine;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace Crm.Cluster;

/// <summary>A place in the cluster. All that it knows is the engine's <see cref="Room"/>, which is forgotten with it: front ends say everything again.</summary>
[GrainType("presence")]
public sealed class PresenceGrain(TimeProvider time, ILogger<PresenceGrain> log) : Grain, IPresenceGrain
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(2);
    private readonly Dictionary<string, Ear> _ears = [];
    private Room _room = null!; // Set on activation, before any call.

    /// <inheritdoc />
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _room = new(time.GetUtcNow().Ticks, time);
        this.RegisterGrainTimer(static (self, _) => self.Sweep(), this, new GrainTimerCreationOptions { DueTime = PresenceTimes.Sweep, Period = PresenceTimes.Sweep });
        return base.OnActivateAsync(cancellationToken);
    }

    /// <inheritdoc />
    public Task<RoomNews> Beat(Beat beat, IPresenceObserver ear)
    {
        if (!_ears.TryGetValue(beat.Front, out var known))
        {
            _ears[beat.Front] = known = new();
        }

        known.Observer = ear;
        var before = _room.Version;
        var news = _room.Beat(beat);
        if (_room.Version != before)
        {
            TellAll(beat.Front);
        }

        return Task.FromResult(news);
    }

    private Task Sweep()
    {
        if (_room.Sweep())
        {
            TellAll(null);
        }

        LeaveWhenEmpty();
        return Task.CompletedTask;
    }

    // Not with the beat that made it empty: a front end that is asked for a whole one, or whose last person only turns a page, comes back at once.
    private void LeaveWhenEmpty()
    {
        foreach (var gone in _ears.Keys.Except(_room.Fronts).ToList())
        {
            _ears.Remove(gone);
        }

        if (_room.IsEmpty)
        {
            DeactivateOnIdle();
        }
    }

    private void TellAll(string? butNot)
    {
        foreach (var (front, ear) in _ears)
        {
            if (front != butNot)
            {
                ear.Moved = true;
                if (!ear.Telling)
                {
                    _ = Tell(ear);
                }
            }
        }
    }

    // One message to a front end is under way; however often the place moves meanwhile, one more follows.
    private async Task Tell(Ear ear)
    {
        ear.Telling = true;
        try
        {
            while (ear.Moved)
            {
                ear.Moved = false;
                await ear.Observer!.Moved(this.GetPrimaryKeyString()).WaitAsync(AnswerWithin, time);
            }
        }
        catch (Exception fault)
        {
            log.LogDebug("A front end was not told that {Place} moved; its next beat finds out: {Fault}", this.GetPrimaryKeyString(), fault.GetType().Name);
        }
        finally
        {
            ear.Telling = false;
        }
    }

    private sealed class Ear
    {
        public IPresenceObserver? Observer { get; set; }

        public bool Moved { get; set; }

        public bool Telling { get; set; }
    }
}
