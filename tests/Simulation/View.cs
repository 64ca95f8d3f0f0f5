using System.Text.Json;

namespace Crm.Simulation;

/// <summary>How far a client's look at a record is.</summary>
public enum Sight
{
    /// <summary>Not asked for on this connection.</summary>
    Idle,

    /// <summary>Asked for.</summary>
    Asked,

    /// <summary>Asked for again while it followed: what comes before the answer still counts.</summary>
    AskedAgain,

    /// <summary>Follows every change.</summary>
    Live,

    /// <summary>There is no such record for this user.</summary>
    Missing,
}

/// <summary>What a client holds of a record, kept as the protocol says; whatever the server sends against its promises is told.</summary>
public sealed class View(string reference, Action<string> broken)
{
    private static readonly JsonElement Nothing = JsonElement.Parse("null");
    private readonly Dictionary<string, JsonElement> _fields = [];

    /// <summary>The user wants to see it.</summary>
    public bool Wanted { get; set; }

    /// <summary>How far it is.</summary>
    public Sight Sight { get; set; }

    /// <summary>Counts the times that it was asked for: only the last answer is about what follows.</summary>
    public int Asked { get; set; }

    /// <summary>Of what is held; 0 for nothing.</summary>
    public long Version { get; private set; }

    /// <summary>Names the rights that it was shown under.</summary>
    public string Name { get; private set; } = "";

    /// <summary>What is held.</summary>
    public IReadOnlyDictionary<string, JsonElement> Fields => _fields;

    /// <summary>What the user sees: the fields without the mark of a deletion.</summary>
    public IReadOnlyDictionary<string, JsonElement> Shown => _fields.ContainsKey("deleted") ? _fields.Where(each => each.Key != "deleted").ToDictionary() : _fields;

    /// <summary>Takes the answer to a watch; false when it continues what is not held any more.</summary>
    /// <param name="since">The version that was asked from.</param>
    public bool Answer(JsonElement answer, long since)
    {
        var version = answer.GetProperty("version").GetInt64();
        Name = answer.GetProperty("view").GetString()!;
        if (answer.TryGetProperty("record", out var record))
        {
            _fields.Clear();
            foreach (var field in record.GetProperty("fields").EnumerateObject())
            {
                _fields[field.Name] = field.Value;
            }

            Version = version;
        }
        else if (Version < since)
        {
            Drop();
            return false;
        }
        else
        {
            foreach (var change in answer.GetProperty("changes").EnumerateArray())
            {
                if (change.GetProperty("version").GetInt64() > Version)
                {
                    Take(change);
                }
            }
        }

        if (version != Version)
        {
            broken($"{reference} was answered at version {version}, which what came with it does not lead to: {Version}");
        }

        Sight = Sight.Live;
        return true;
    }

    /// <summary>Takes a pushed change.</summary>
    public void Changed(JsonElement change)
    {
        if (Sight is Sight.Live or Sight.AskedAgain)
        {
            Take(change);
        }
    }

    /// <summary>Lets go of what is held.</summary>
    public void Drop()
    {
        _fields.Clear();
        Version = 0;
    }

    private void Take(JsonElement change)
    {
        var version = change.GetProperty("version").GetInt64();
        if (version != Version + 1)
        {
            broken($"{reference} went from version {Version} to {version}");
            return;
        }

        foreach (var field in change.GetProperty("fields").EnumerateObject())
        {
            var (from, to) = (field.Value.GetProperty("from"), field.Value.GetProperty("to"));
            if (!JsonElement.DeepEquals(_fields.GetValueOrDefault(field.Name, Nothing), from))
            {
                broken($"{reference} version {version} says that {field.Name} was {from}, the client holds {_fields.GetValueOrDefault(field.Name, Nothing)}");
            }

            if (to.ValueKind == JsonValueKind.Null)
            {
                _fields.Remove(field.Name);
            }
            else
            {
                _fields[field.Name] = to;
            }
        }

        Version = version;
    }
}
