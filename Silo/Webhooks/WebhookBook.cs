using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using Crm.Engine;
using Crm.Silo.Postgres;
using Crm.Webhooks;

namespace Crm.Silo.Webhooks;

/// <summary>All webhooks as listeners: who they are, and how a change gets to them.</summary>
/// <remarks>
/// A webhook that was just made hears changes at once on the node that made it, and on others once the nudge has come; a nudge that was lost costs at
/// most <see cref="Fresh"/>.
/// </remarks>
public sealed class WebhookBook : IListeners, IDisposable
{
    /// <summary>How long a tenant's webhooks are remembered.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);

    private const string Prefix = "webhook/";
    private const int MostOfTenant = 100;
    private readonly ConcurrentDictionary<string, Task<IReadOnlyList<Listener>>> _tenants = new();
    private readonly Func<ILists> _lists;
    private readonly Func<IRecords> _records;
    private readonly DeliveryLog _deliveries;
    private readonly WebhookSender _sender;
    private readonly TimeProvider _time;
    private readonly IDisposable _hearing;
    private readonly ITimer _timer;

    /// <summary>Starts to listen for changes of webhooks.</summary>
    /// <param name="lists">Where they are listed; asked for late, since lists know the host that this is a part of.</param>
    public WebhookBook(Func<ILists> lists, Func<IRecords> records, DeliveryLog deliveries, WebhookSender sender, IFeed feed, TimeProvider time)
    {
        (_lists, _records, _deliveries, _sender, _time) = (lists, records, deliveries, sender, time);
        _hearing = feed.Subscribe(null, nudge =>
        {
            if (nudge.At.Kind == Webhook.KindName)
            {
                _tenants.TryRemove(nudge.At.Tenant, out _);
            }
        });
        _timer = time.CreateTimer(_ => _tenants.Clear(), null, Fresh, Fresh);
    }

    /// <summary>A webhook's name in the outbox.</summary>
    public static string NameOf(string id) => Prefix + id;

    /// <inheritdoc />
    public bool Has(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<Listener>> Of(string tenant)
    {
        var loading = _tenants.GetOrAdd(tenant, Load);
        if (loading is { IsCompleted: true, IsCompletedSuccessfully: false })
        {
            _tenants.TryRemove(new(tenant, loading));
        }

        return new(loading);
    }

    /// <inheritdoc />
    public async Task Tell(string name, Nudge heard, CancellationToken cancel)
    {
        var id = name[Prefix.Length..];
        var at = heard.At;
        if (await _records().Read(new(at.Tenant, Webhook.KindName, id), Caller.System(at.Tenant), cancel) is not { Deleted: false } view
            || Json.Unflatten<Webhook>(view.Fields) is not { Active: true, Url: { } url } webhook)
        {
            return;
        }

        var body = Body(heard);
        var delivery = CommandIds.Derive("webhook", id, at.ToString(), heard.Change.Version.ToString()).ToString();
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        var began = _time.GetTimestamp();
        var sent = await _sender.Send(new(url), body, new Dictionary<string, string>
        {
            [WebhookSignature.IdHeader] = delivery,
            [WebhookSignature.TimeHeader] = now.ToString(),
            [WebhookSignature.SignatureHeader] = WebhookSignature.Sign(await _deliveries.Secrets(at.Tenant, id, webhook.Epoch, cancel), delivery, now, body),
        }, cancel);
        await _deliveries.Add(id, at, heard.Change.Version, _time.GetElapsedTime(began), sent.Status, sent.Error, cancel);
        if (sent.Error is { } error)
        {
            throw new InvalidOperationException(error);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _hearing.Dispose();
        _timer.Dispose();
    }

    // The change as the hub sends it, in the envelope of Standard Webhooks.
    private static byte[] Body(Nudge heard)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("type", $"{heard.At.Kind}.changed");
            writer.WriteString("timestamp", heard.Change.At);
            writer.WriteString("tenant", heard.At.Tenant);
            writer.WritePropertyName("data");
            RecordJson.WriteChange(writer, heard.Change, "fields", heard.At.Ref);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private async Task<IReadOnlyList<Listener>> Load(string tenant)
    {
        var answer = await _lists().Find(Caller.System(tenant), Webhook.KindName, new ListQuery(null, JsonElement.Parse("""{"active":true}"""), null, MostOfTenant, null));
        if (answer.Page is not { } page)
        {
            throw new UnavailableException($"The webhooks cannot be read: {answer.Refusal?.Text}");
        }

        return [.. page.Items.Select(view => new Listener(NameOf(view.Id), Json.Unflatten<Webhook>(view.Fields).Kinds ?? []))];
    }
}
