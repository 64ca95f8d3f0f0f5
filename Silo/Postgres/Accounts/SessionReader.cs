namespace Crm.Silo.Postgres.Accounts;

/// <summary>Looks sessions up. Those that are asked for while a query is under way share the next one.</summary>
/// <remarks>Every open connection asks every few seconds: a thousand of them are then a handful of queries.</remarks>
public sealed class SessionReader(Sessions sessions)
{
    private const int MostAtOnce = 500;
    private readonly Lock _gate = new();
    private readonly Queue<Asked> _asked = [];
    private bool _reading;

    /// <summary>The session, or null when it has ended or never was.</summary>
    public Task<LiveSession?> Find(SessionKey session)
    {
        var asked = new Asked(session);
        lock (_gate)
        {
            _asked.Enqueue(asked);
            if (_reading)
            {
                return asked.Answer.Task;
            }

            _reading = true;
        }

        _ = Read();
        return asked.Answer.Task;
    }

    private async Task Read()
    {
        while (Next() is { Count: > 0 } group)
        {
            try
            {
                var found = await sessions.Find([.. group.Select(asked => asked.Session).Distinct()]);
                group.ForEach(asked => asked.Answer.SetResult(found.GetValueOrDefault(asked.Session)));
            }
            catch (Exception fault)
            {
                group.ForEach(asked => asked.Answer.SetException(fault));
            }
        }
    }

    private List<Asked> Next()
    {
        lock (_gate)
        {
            var group = new List<Asked>();
            while (group.Count < MostAtOnce && _asked.TryDequeue(out var asked))
            {
                group.Add(asked);
            }

            _reading = group.Count > 0;
            return group;
        }
    }

    private sealed record Asked(SessionKey Session)
    {
        public TaskCompletionSource<LiveSession?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
