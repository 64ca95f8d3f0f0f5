using System.Text.Json;

namespace Crm.Simulation;

/// <summary>Whom the user sees, and what he shows of himself: he is at every record that he looks at.</summary>
public sealed partial class Client
{
    private readonly Dictionary<string, Company> _rooms = [];

    /// <summary>Who is at a record, as this client was told since it began to look; null while it does not look.</summary>
    public Company? CompanyAt(string reference) => _rooms.GetValueOrDefault(reference);

    // The watch was answered: all that is known of others comes again after it.
    private void Arrive(string reference)
    {
        var company = _rooms[reference] = new() { Writes = _rooms.GetValueOrDefault(reference)?.Writes };
        Greet(reference, company);
    }

    private void Greet(string reference, Company company) =>
        Call("Present", [Json(reference), Json(new { activity = "viewing" })], (answer, fault) =>
        {
            if (_rooms.GetValueOrDefault(reference) != company)
            {
                return; // It looks anew, or away.
            }

            company.IsHere = answer is not null;
            if (fault.StartsWith("unavailable", StringComparison.Ordinal) || fault.StartsWith("throttled", StringComparison.Ordinal))
            {
                Greet(reference, company);
            }
        });

    // Shows what he is about to save, and now and then wants the field for himself.
    private void Type(string reference, Op op)
    {
        if (!_open || op.Act != Act.Edit || CompanyAt(reference) is not { IsHere: true } company || company.Writes is not null)
        {
            return;
        }

        var field = (op.Fields & 16) != 0 ? "secret" : "title";
        company.Writes = field;
        Call("Draft", [Json(reference), Json(field), Json($"{Session.Tenant}:{(field == "secret" ? "SECRET" : "")}{op.Value}")], (_, _) => { });
        if (op.Value % 3 == 0)
        {
            Call("Claim", [Json(reference), Json(field), Json(op.Value % 2 == 0 ? "take" : "ask")], (answer, _) =>
            {
                if (answer is { } claim)
                {
                    _scene.World.Saw(claim.GetProperty("Granted").GetBoolean() ? "claim taken" : "claim refused");
                }
            });
        }
    }

    private void Saved(string reference)
    {
        if (_open && CompanyAt(reference) is { Writes: { } field } company)
        {
            company.Writes = null;
            Call("Undraft", [Json(reference), Json(field)], (_, _) => { });
            Call("Present", [Json(reference), Json(new { activity = "viewing" })], (_, _) => { });
        }
    }

    // Of what concerns presence.
    private void Met(string target, JsonElement message)
    {
        if (target == "Presence")
        {
            Met(message);
        }
        else if (target == "Drafted")
        {
            Read(message);
        }
    }

    private void Met(JsonElement presence)
    {
        if (_rooms.TryGetValue(presence.GetProperty("ref").GetString()!, out var company))
        {
            _scene.World.Saw("person seen");
            company.Meet(presence, twice => _scene.World.Fail($"{Session.Tenant}/{Session.User}: {twice}"));
        }
    }

    private void Read(JsonElement draft)
    {
        if (_rooms.TryGetValue(draft.GetProperty("ref").GetString()!, out var company))
        {
            _scene.World.Saw("draft seen");
            company.Read(draft);
        }
    }
}

/// <summary>Those at a record, as one client was told.</summary>
public sealed class Company
{
    private readonly HashSet<(string By, string Field)> _drafts = [];
    private Dictionary<string, string> _claims = [];

    /// <summary>The server has taken the client's own word that he is there.</summary>
    public bool IsHere { get; set; }

    // Who holds a field without being one whom this user may know of.
    private const string Unseen = "";

    /// <summary>The field in which he writes; null for none.</summary>
    public string? Writes { get; set; }

    /// <summary>Their ids, in order.</summary>
    public IReadOnlyList<string> People { get; private set; } = [];

    /// <summary>Takes a roster.</summary>
    public void Meet(JsonElement presence, Action<string> broken)
    {
        People = [.. presence.GetProperty("people").EnumerateArray().Select(person => person.GetProperty("userId").GetString()!).Order(StringComparer.Ordinal)];
        var claims = presence.GetProperty("claims").EnumerateArray().Select(claim => (Field: claim.GetProperty("field").GetString()!, By: claim.TryGetProperty("by", out var by) ? by.GetString()! : Unseen)).ToList();
        if (claims.GroupBy(claim => claim.Field).FirstOrDefault(field => field.Count() > 1) is { } two)
        {
            broken($"{presence.GetProperty("ref")} {two.Key} is held by {string.Join(" and ", two.Select(claim => claim.By))}");
        }

        _claims = claims.DistinctBy(claim => claim.Field).ToDictionary(claim => claim.Field, claim => claim.By);
    }

    /// <summary>Takes an unsaved value, or its end.</summary>
    public void Read(JsonElement draft)
    {
        var of = (draft.GetProperty("by").GetString()!, draft.GetProperty("field").GetString()!);
        if (draft.TryGetProperty("gone", out _))
        {
            _drafts.Remove(of);
        }
        else
        {
            _drafts.Add(of);
        }
    }

    /// <summary>What a client is told of others that is not so; null when all is.</summary>
    public static string? Difference(Scene scene, Client client, string reference, View view)
    {
        if (view.Sight != Sight.Live)
        {
            return null;
        }

        var others = scene.Clients.Where(other => other.Session.Tenant == client.Session.Tenant && other.Connected
            && other.Looks.Any(look => look.Ref == reference && look.View.Sight == Sight.Live)).ToList();
        var there = others.Select(other => other.Session.User).Distinct().Order(StringComparer.Ordinal).ToList();
        if (client.CompanyAt(reference) is not { } company || !company.People.SequenceEqual(there))
        {
            return $"sees {string.Join(' ', client.CompanyAt(reference)?.People ?? ["nobody"])} at {reference}, there are {string.Join(' ', there)}";
        }

        // Everybody has saved: what is still shown as unsaved is a ghost.
        return company._drafts.Count > 0 ? $"is shown unsaved values at {reference} that are saved: {string.Join(' ', company._drafts)}"
            : others.FirstOrDefault(other => other.CompanyAt(reference) is { } its && its._claims.GetValueOrDefault("title") != company._claims.GetValueOrDefault("title")) is { } differs
                ? $"sees another holder of the title of {reference} than {differs.Session.User}" : null;
    }
}
