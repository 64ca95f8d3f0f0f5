using Crm.Engine;
using Orleans;
using Orleans.Concurrency;

namespace Crm.Cluster;

/// <summary>A record's place in the cluster. All that it knows of records is the engine's <see cref="IRecord"/>.</summary>
/// <remarks>
/// Reentrant: a turn that waits for its commit lets the next one be decided, as the engine wants it. Two activations of one record may exist for a
/// moment when a silo is lost or wakes from a pause: the journal's versions fence off the one that is behind, and it goes.
/// </remarks>
[Reentrant, GrainType("record")]
public sealed class RecordGrain(IKindRegistry kinds, RecordServices services) : Grain, IRecordGrain
{
    // Below the time after which callers give a message up for lost: the journal does not answer, and they are told so.
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(2);
    private IRecord? _record;

    private IRecord Record => _record ??= Open();

    /// <inheritdoc />
    public async Task<Answers> Run(Commands commands)
    {
        // Each begins its turn before this waits for anything, so they take their turns in order.
        var answers = await Task.WhenAll(commands.Items.Select(Run).ToList());
        LeaveWhenBroken();
        return new(answers);
    }

    /// <inheritdoc />
    public Task<RecordView?> Read(Caller caller, CancellationToken cancel) => Look(() => Record.Read(caller, cancel));

    /// <inheritdoc />
    public Task<CatchUp?> Since(Caller caller, long version, int limit, CancellationToken cancel) => Look(() => Record.Since(caller, version, limit, cancel));

    /// <inheritdoc />
    public async Task<Changes?> History(Caller caller, long after, int limit, CancellationToken cancel) =>
        await Look(() => Record.History(caller, after, limit, cancel)) is { } changes ? new(changes) : null;

    private async Task<Answer> Run(Command command)
    {
        Task<Outcome>? turn = null;
        try
        {
            turn = command.Verb is { } verb
                ? Record.Do(command.Caller, command.Id, verb, command.Body ?? default)
                : Record.Edit(command.Caller, command.Id, command.BaseVersion, command.Body ?? default);
            return new(await turn.Within(AnswerWithin, services.Time));
        }
        catch (UnavailableException late) when (turn is { IsCompleted: false })
        {
            return new(null, Again: late.Message, IsLate: true);
        }
        catch (Exception fault) when (fault is StaleException or UnavailableException)
        {
            return new(null, Again: fault.Message);
        }
        catch (Exception fault)
        {
            return new(null, Broken: $"{fault.GetType().Name}: {fault.Message}");
        }
    }

    private async Task<T> Look<T>(Func<Task<T>> look)
    {
        try
        {
            return await look();
        }
        finally
        {
            LeaveWhenBroken();
        }
    }

    // The next call makes a new activation, wherever the directory says by then, and that one reads the journal.
    private void LeaveWhenBroken()
    {
        if (_record is { Broken: true })
        {
            DeactivateOnIdle();
        }
    }

    private IRecord Open()
    {
        var at = Address.Parse(this.GetPrimaryKeyString());
        return kinds.Runtime(at.Kind)?.Open(at, services)
            ?? throw new UnavailableException($"This silo knows no {at.Kind}: it is older than the front end.");
    }
}
