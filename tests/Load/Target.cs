using System.Net.Http.Json;
using System.Text.Json;

namespace Crm.Load;

/// <summary>A server under load with records to edit: the product or the floor. On its half of the processors, beside the generator's.</summary>
public sealed class Target : IAsyncDisposable
{
    /// <summary>Fields of each record that edits go to in turn, so that nobody overtakes his own last edit of one.</summary>
    public const int Fields = 20;

    private readonly IAsyncDisposable _server;

    private Target(IAsyncDisposable server, Uri url, string token, int pid, IReadOnlyList<string> records) =>
        (_server, Url, Token, Family, Records) = (server, url, token, new(pid), records);

    /// <summary>Where it serves.</summary>
    public Uri Url { get; }

    /// <summary>Of a user who may edit.</summary>
    public string Token { get; }

    /// <summary>Its processes.</summary>
    public Family Family { get; }

    /// <summary>References of records, <c>contacts/ID</c>.</summary>
    public IReadOnlyList<string> Records { get; }

    /// <summary>Starts plain SignalR.</summary>
    public static async Task<Target> Floor(int records)
    {
        var floor = await Load.Floor.Start();
        return new(floor, floor.Url, "none", floor.Pid, [.. Enumerable.Range(0, records).Select(i => $"contacts/{i}")]);
    }

    /// <summary>Starts the product, with all that it does for an edit: a tenant with fields of its own, rights, merge, history, outbox.</summary>
    /// <param name="variables"><c>NAME=VALUE</c>, several with spaces between them.</param>
    public static async Task<Target> Product(int records, string variables = "") => await Of(await Load.Product.Start(pinned: true, variables: variables), records);

    /// <summary>Makes records, and the fields that are edited, in a product that runs. It stops with this.</summary>
    public static async Task<Target> Of(Product product, int records)
    {
        var (admin, _) = await product.SignIn("admin@acme.test");
        for (var i = 0; i < Fields; i++)
        {
            await Made(admin, "/api/v1/fields", new { on = "contacts", name = $"load{i}", label = $"Load {i}", type = "number" });
        }

        admin.Dispose();
        var (client, token) = await product.SignIn("ana@acme.test");
        var refs = new List<string>();
        for (var i = 0; i < records; i++)
        {
            refs.Add($"contacts/{await Made(client, "/api/v1/contacts", new { name = $"Live {i}" })}");
        }

        client.Dispose();
        return new(product, product.Url, token, product.Pid, refs);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static async Task<string> Made(HttpClient client, string path, object fields)
    {
        using var made = await client.PostAsJsonAsync(path, fields);
        made.EnsureSuccessStatusCode();
        return (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }
}
