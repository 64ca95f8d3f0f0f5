using System.Text.Json;

namespace Crm.Engine.Tests;

public sealed class PatientRecordsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);
    private static readonly Address At = new("acme", "notes", "n1");
    private static readonly Caller Ann = new("acme", "ann", new HashSet<string>(), new HashSet<string>(), new HashSet<string>());
    private readonly FakeTime _time = new();
    private readonly Slow _slow = new();
    private readonly PatientRecords _records;

    public PatientRecordsTests() => _records = new(_slow, Patience, _time);

    [Fact]
    public async Task Whoever_waits_longer_than_the_patience_is_told_to_try_again_and_the_command_goes_on()
    {
        var answer = _records.Edit(At, Ann, Guid.NewGuid(), 1, default);
        _time.Advance(Patience - TimeSpan.FromTicks(1));
        answer.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromTicks(1));
        (await Should.ThrowAsync<UnavailableException>(answer)).RetryAfter.ShouldBeGreaterThan(TimeSpan.Zero);

        _slow.Outcome.SetResult(Outcome.Done(Status.Applied, 2));
        (await _records.Edit(At, Ann, Guid.NewGuid(), 1, default)).Version.ShouldBe(2);
    }

    [Fact]
    public async Task An_answer_within_the_patience_is_the_answer()
    {
        var answer = _records.Do(At, Ann, Guid.NewGuid(), "close", default);
        _time.Advance(Patience / 2);
        _slow.Outcome.SetResult(Outcome.Done(Status.Applied, 2));
        (await answer).Version.ShouldBe(2);
    }

    [Fact]
    public async Task A_reader_who_leaves_waits_no_longer_though_the_record_does_not_heed_it()
    {
        using var gone = new CancellationTokenSource();
        var view = _records.Read(At, Ann, gone.Token);
        view.IsCompleted.ShouldBeFalse();
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(view);
    }

    [Fact]
    public async Task A_fault_of_the_record_itself_stays_what_it_is()
    {
        var answer = _records.Edit(At, Ann, Guid.NewGuid(), 1, default);
        _slow.Outcome.SetException(new TimeoutException("its own"));
        (await Should.ThrowAsync<TimeoutException>(answer)).Message.ShouldBe("its own");
    }

    /// <summary>Answers when it is told to, and heeds nobody who leaves.</summary>
    private sealed class Slow : IRecords
    {
        public TaskCompletionSource<Outcome> Outcome { get; } = new();

        public Task<Outcome> Do(Address at, Caller caller, Guid commandId, string verb, JsonElement args) => Outcome.Task;

        public Task<Outcome> Edit(Address at, Caller caller, Guid commandId, long baseVersion, JsonElement patch) => Outcome.Task;

        public Task<RecordView?> Read(Address at, Caller caller, CancellationToken cancel = default) => Never<RecordView?>();

        public Task<CatchUp?> Since(Address at, Caller caller, long version, int limit, CancellationToken cancel = default) => Never<CatchUp?>();

        public Task<IReadOnlyList<Change>?> History(Address at, Caller caller, long after, int limit, CancellationToken cancel = default) => Never<IReadOnlyList<Change>?>();

        private static Task<T> Never<T>() => new TaskCompletionSource<T>().Task;
    }
}
