using System.Text.Json;

namespace Crm.Web.Tests.Live;

/// <summary>A record that Ana, Bo and Cy look at: what each of them is told of the others.</summary>
public abstract class PresenceTest : IAsyncLifetime
{
    private protected LiveHost Host { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Host = await LiveHost.Start(options => options.DraftsFor = TimeSpan.FromSeconds(1));
        Host.Records.Put(Samples.Ada, ("name", "Ada"), ("owner", "bo"), ("salary", "1000"));
        foreach (var (id, team) in new[] { ("ana", "North"), ("bo", "South"), ("cy", "North") })
        {
            Host.Records.Put(new("acme", "users", id), ("name", $"{id} of acme"), ("team", team), ("email", $"{id}@secret.test"));
        }
    }

    public async Task DisposeAsync() => await Host.DisposeAsync();

    private protected async Task<HubClient> Watching(string user)
    {
        var client = await Host.Connect($"acme.{user}");
        await client.Invoke("Watch", "contacts/ada", null);
        return client;
    }

    private protected async Task<HubClient> Present(string user)
    {
        var client = await Watching(user);
        await client.Invoke("Present", "contacts/ada", new { activity = "viewing" });
        return client;
    }

    private protected static async Task<string> Outcome(Task<JsonElement> call)
    {
        try
        {
            return $"{await call}";
        }
        catch (HubFault fault)
        {
            return fault.Message;
        }
    }

    private protected static JsonElement Last(HubClient client, string target) => client.All.LastOrDefault(heard => heard.Target == target)?.Argument ?? default;

    private protected static string Seen(HubClient client) => Last(client, "Presence") is { ValueKind: JsonValueKind.Object } told
        ? string.Join('|', told.GetProperty("people").EnumerateArray().Select(person => $"{person.GetProperty("name")} {person.GetProperty("activity")} {(person.TryGetProperty("field", out var field) ? field : "")}"))
        : "nothing";

    private protected static string Claims(HubClient client) => Last(client, "Presence") is { ValueKind: JsonValueKind.Object } told
        ? string.Join('|', told.GetProperty("claims").EnumerateArray().Select(claim => $"{claim.GetProperty("field")} {claim.GetProperty("by")} {(claim.TryGetProperty("asked", out var asked) ? asked : "")}"))
        : "nothing";

    private protected static string[] Drafts(HubClient client) => [.. client.All.Where(heard => heard.Target == "Drafted").Select(heard => heard.Argument)
        .Select(draft => $"{draft.GetProperty("by")} {draft.GetProperty("field")} {(draft.TryGetProperty("gone", out _) ? "gone" : draft.GetProperty("value"))}")];

    private protected static JsonElement? People(HubClient client, string user) => client.All.Where(heard => heard.Target == "People")
        .SelectMany(heard => heard.Argument.GetProperty("people").EnumerateArray()).Where(person => person.GetProperty("userId").GetString() == user)
        .Select(person => (JsonElement?)person).LastOrDefault();
}
