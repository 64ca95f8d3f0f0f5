using Crm.Contacts;

namespace Crm.Engine;

/// <summary>A contact that a line may be about: one that is stored, or one that an earlier line makes.</summary>
public sealed class KnownContact(string id, Trace trace)
{
    /// <summary>The record's id.</summary>
    public string Id { get; } = id;

    /// <summary>What it holds once all lines until now are done.</summary>
    public Trace Trace { get; set; } = trace;

    /// <summary>The last command on it: the next one waits for this one, so that making comes before filling.</summary>
    public Task Last { get; set; } = Task.CompletedTask;
}

/// <summary>The contacts that lines have met, by the keys they can be met by. Forgets the older ones, which by then can be looked up, unless told to keep all.</summary>
/// <param name="keepAll">For a dry run, which stores nothing that could be looked up.</param>
public sealed class KnownContacts(bool keepAll)
{
    private Generation _now = new();
    private Generation _before = new();

    /// <summary>What the batch before the last one met is forgotten.</summary>
    public void NextBatch()
    {
        if (!keepAll)
        {
            (_now, _before) = (new(), _now);
        }
    }

    /// <summary>The contact of that id, if it was met.</summary>
    public KnownContact? Find(string id) => _now.ById.GetValueOrDefault(id) ?? _before.ById.GetValueOrDefault(id);

    /// <summary>Remembers that a contact is met by these keys.</summary>
    public void Add(KnownContact contact, IEnumerable<string> keys)
    {
        _now.ById[contact.Id] = contact;
        foreach (var key in keys)
        {
            var hash = Trace.Hash("k", key);
            if (!_now.ByKey.TryGetValue(hash, out var met))
            {
                _now.ByKey[hash] = met = new(1);
            }

            if (!met.Contains(contact))
            {
                met.Add(contact);
            }
        }
    }

    /// <summary>The one that this line is about: of those that are the same for sure the most alike, the first known one among equals; null when there is none.</summary>
    public KnownContact? Same(Trace line, IEnumerable<string> keys)
    {
        KnownContact? best = null;
        var score = 0.0;
        foreach (var contact in keys.Select(key => Trace.Hash("k", key)).SelectMany(Met).Distinct())
        {
            if (Likeness.Of(contact.Trace, line) is { Same: true } likeness && likeness.Score > score)
            {
                (best, score) = (contact, likeness.Score);
            }
        }

        return best;
    }

    private IEnumerable<KnownContact> Met(ulong key) =>
        (_before.ByKey.GetValueOrDefault(key) ?? []).Concat(_now.ByKey.GetValueOrDefault(key) ?? []);

    private sealed class Generation
    {
        public Dictionary<ulong, List<KnownContact>> ByKey { get; } = [];

        public Dictionary<string, KnownContact> ById { get; } = [];
    }
}
