using System.Collections.Concurrent;
using System.Text.Json;
using Crm.Engine;
using Orleans;

namespace Crm.Cluster;

/// <summary>Every record of the cluster, for a process that may or may not host some of them.</summary>
/// <remarks>
/// Orleans does not promise that calls of one caller arrive in order: those that wait for a grain's place to be found may be overtaken. So for each
/// record one message at a time is under way, and what comes meanwhile goes with the next one: commands take their turns in the order in which they came.
/// </remarks>
public sealed class ClusterRecords(IGrainFactory grains, IKindRegistry kinds, TimeProvider time, Patience patience) : IRecords
{
    private const int MostInMessage = 64;
    private readonly ConcurrentDictionary<Address, Line> _lines = new();

    /// <inheritdoc />
    public Task<Outcome> Do(Address at, Caller caller, Guid commandId, string verb, JsonElement args) =>
        Send(at, new(commandId, caller, verb, 0, Body(args)));

    /// <inheritdoc />
    public Task<Outcome> Edit(Address at, Caller caller, Guid commandId, long baseVersion, JsonElement patch) =>
        Send(at, new(commandId, caller, null, baseVersion, Body(patch)));

    /// <inheritdoc />
    public Task<RecordView?> Read(Address at, Caller caller, CancellationToken cancel = default) => Look(at, grain => grain.Read(caller, cancel), cancel);

    /// <inheritdoc />
    public Task<CatchUp?> Since(Address at, Caller caller, long version, int limit, CancellationToken cancel = default) =>
        Look(at, grain => grain.Since(caller, version, limit, cancel), cancel);

    /// <inheritdoc />
    public async Task<IReadOnlyList<Change>?> History(Address at, Caller caller, long after, int limit, CancellationToken cancel = default) =>
        (await Look(at, grain => grain.History(caller, after, limit, cancel), cancel))?.Items;

    private static JsonElement? Body(JsonElement body) => body.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? null : body;

    private bool Exists(Address at) => kinds.Runtime(at.Kind) is not null && Address.IsId(at.Id);

    private Task<T?> Look<T>(Address at, Func<IRecordGrain, Task<T?>> look, CancellationToken cancel) where T : class => Exists(at)
        ? patience.Try(time, at.Ref, () => look(grains.GetGrain<IRecordGrain>(at.ToString())), cancel)
        : Task.FromResult<T?>(null);

    private Task<Outcome> Send(Address at, Command command)
    {
        if (!Exists(at))
        {
            return Task.FromResult(Outcome.Rejected(0, new Problem("", "record.missing", "There is no such record.")));
        }

        var waiting = new Waiting(command);
        while (true)
        {
            var line = _lines.GetOrAdd(at, static _ => new());
            switch (line.Add(waiting))
            {
                case Place.First:
                    _ = Empty(at, line);
                    return waiting.Task;
                case Place.Behind:
                    return waiting.Task;
            }
        }
    }

    private async Task Empty(Address at, Line line)
    {
        while (line.Next(MostInMessage) is { Count: > 0 } batch)
        {
            try
            {
                await Deliver(at, batch);
            }
            catch (Exception fault)
            {
                batch.ForEach(waiting => waiting.TrySetException(fault));
            }
        }

        _lines.TryRemove(new(at, line));
    }

    private async Task Deliver(Address at, List<Waiting> batch)
    {
        for (var attempt = 1; batch.Count > 0; attempt++)
        {
            var answers = await patience.Try(time, at.Ref, () => grains.GetGrain<IRecordGrain>(at.ToString()).Run(new([.. batch.Select(waiting => waiting.Command)])));
            var again = new List<Waiting>();
            foreach (var (waiting, answer) in batch.Zip(answers.Items))
            {
                if (answer.Outcome is { } outcome)
                {
                    waiting.TrySetResult(outcome);
                }
                else if (answer.Broken is { } broken)
                {
                    waiting.TrySetException(new InvalidOperationException(broken));
                }
                else if (attempt < patience.Attempts && !answer.IsLate)
                {
                    again.Add(waiting);
                }
                else
                {
                    waiting.TrySetException(new UnavailableException(answer.Again ?? "It cannot be done now."));
                }
            }

            batch = again;
        }
    }

    /// <summary>Where a command stands in its line.</summary>
    private enum Place
    {
        /// <summary>Nothing was under way: whoever added it sends.</summary>
        First,

        /// <summary>It goes with a later message.</summary>
        Behind,

        /// <summary>Nowhere: the line has ended, take another.</summary>
        Gone,
    }

    private sealed class Waiting(Command command) : TaskCompletionSource<Outcome>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public Command Command { get; } = command;
    }

    private sealed class Line
    {
        private readonly Lock _gate = new();
        private readonly Queue<Waiting> _waiting = [];
        private bool _sending;
        private bool _ended;

        public Place Add(Waiting waiting)
        {
            lock (_gate)
            {
                if (_ended)
                {
                    return Place.Gone;
                }

                _waiting.Enqueue(waiting);
                var place = _sending ? Place.Behind : Place.First;
                _sending = true;
                return place;
            }
        }

        public List<Waiting> Next(int most)
        {
            lock (_gate)
            {
                var next = new List<Waiting>(Math.Min(most, _waiting.Count));
                while (next.Count < most && _waiting.TryDequeue(out var waiting))
                {
                    next.Add(waiting);
                }

                _ended = next.Count == 0;
                return next;
            }
        }
    }
}
