using System.Net;
using System.Text;
using System.Text.Json;
using Crm.Engine;
using Crm.Silo.Hosting;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Lists;
using Crm.Silo.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Crm.Tests;

/// <summary>Webhooks from the edit to a receiver on this machine, through the outbox of a database of their own.</summary>
public sealed class WebhookTests : IAsyncLifetime
{
    private readonly JournalFixture _fixture = new();
    private readonly Receiver _receiver = new();
    private IHost _host = null!;

    private static Caller Admin { get; } = new("acme", "admin", new HashSet<string> { Caller.Everything }, new HashSet<string>(), new HashSet<string>());

    public async Task InitializeAsync()
    {
        await _fixture.InitializeAsync();
        await _receiver.InitializeAsync();
        await Start(anyAddress: true);
    }

    public async Task DisposeAsync()
    {
        await Stop();
        await _receiver.DisposeAsync();
        await _fixture.DisposeAsync();
    }

    [Fact]
    public async Task Every_change_arrives_in_order_and_signed_so_that_the_secret_proves_it()
    {
        var webhook = await Make();
        var contact = await Contact(edits: 4);
        await Settled(() => _receiver.Versions(contact).Count == 4);

        _receiver.Versions(contact).ShouldBe([1, 2, 3, 4]);
        var secret = await Get<IWebhooks>().Secret("acme", webhook.Id, 1);
        foreach (var got in _receiver.Got)
        {
            var key = Convert.FromBase64String(secret["whsec_".Length..]);
            got.Signature.ShouldBe(WebhookSignature.Sign([key], got.Id, got.Time, Encoding.UTF8.GetBytes(got.Body)));
            DateTimeOffset.FromUnixTimeSeconds(got.Time).ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(5));
        }

        _receiver.Got.Select(got => got.Id).Distinct().Count().ShouldBe(_receiver.Got.Count);
        var data = JsonElement.Parse(_receiver.Got.First(got => got.Version == 2).Body);
        (data.GetProperty("type").GetString(), data.GetProperty("tenant").GetString()).ShouldBe(("contacts.changed", "acme"));
        data.GetProperty("data").GetProperty("fields").GetProperty("title").GetProperty("to").GetString().ShouldBe("Buyer 2");
        IReadOnlyList<Delivery> deliveries = [];
        await Settled(async () => (deliveries = await Get<IWebhooks>().Deliveries("acme", webhook.Id, null, 9)).Count == 4); // Put down after the receiver's answer.
        deliveries.Select(sent => (sent.Version, sent.Status, sent.Error)).ShouldBe([(4, 200, null), (3, 200, null), (2, 200, null), (1, 200, null)]);
    }

    [Fact]
    public async Task What_the_receiver_refuses_is_tried_again_with_the_same_id_before_anything_later()
    {
        await Make();
        _receiver.Refuse = 2;
        var contact = await Contact(edits: 2);
        await Settled(() => _receiver.Versions(contact).LastOrDefault() == 2);

        _receiver.Versions(contact).ShouldBe([1, 1, 1, 2]);
        _receiver.Got.Where(got => got.Version == 1).Select(got => got.Id).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_receiver_that_never_takes_it_leaves_a_dead_letter_without_personal_values_that_can_be_replayed()
    {
        await Make();
        _receiver.Refuse = 5;
        var contact = await Contact(edits: 1);
        var letters = Get<IDeadLetters>();
        await Settled(async () => (await letters.Read("acme", 0, 9)).Count == 1);

        var letter = (await letters.Read("acme", 0, 9)).ShouldHaveSingleItem();
        (letter.At, letter.Version, letter.Reason).ShouldBe((contact, 1, "The receiver answered 503."));
        letter.Change!.Fields["name"].To.GetString().ShouldBe(IDeadLetters.Hidden);
        (await letters.Read("globex", 0, 9)).ShouldBeEmpty();

        (await letters.Replay("acme", letter.Number)).ShouldBeTrue();
        await Settled(() => _receiver.Versions(contact).Count == 6);
        (await letters.Read("acme", 0, 9)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_receiver_that_was_away_gets_what_it_missed_again_and_others_kinds_and_tenants_are_not_sent()
    {
        var webhook = await Make(kinds: ["contacts"], active: false);
        var contact = await Contact(edits: 5);
        await Edit(webhook, 1, new { active = true });
        (await Get<IWebhooks>().Resume("acme", webhook.Id, contact, 2)).ShouldBe(3);
        await Settled(() => _receiver.Versions(contact).Count == 3);
        _receiver.Versions(contact).ShouldBe([3, 4, 5]);
        _receiver.Got.Select(got => got.Ref).Distinct().ShouldBe([contact.Ref]);
    }

    [Fact]
    public async Task After_a_rotation_both_secrets_prove_a_delivery()
    {
        var webhook = await Make();
        var before = await Get<IWebhooks>().Secret("acme", webhook.Id, 1);
        (await Records.Do(webhook, Admin, Guid.NewGuid(), "rotate", JsonElement.Parse("{}"))).Status.ShouldBe(Status.Applied);
        var after = await Get<IWebhooks>().Secret("acme", webhook.Id, 2);
        after.ShouldNotBe(before);
        var contact = await Contact(edits: 1);
        await Settled(() => _receiver.Versions(contact).Count == 1);
        var got = _receiver.Got.Single(got => got.Ref == contact.Ref);
        var keys = new[] { after, before }.Select(secret => Convert.FromBase64String(secret["whsec_".Length..]));
        got.Signature.ShouldBe(WebhookSignature.Sign(keys, got.Id, got.Time, Encoding.UTF8.GetBytes(got.Body)));
    }

    [Fact]
    public async Task Nothing_is_sent_to_an_address_that_is_not_public_and_the_log_says_why()
    {
        await Stop();
        await Start(anyAddress: false);
        var webhook = await Make();
        await Contact(edits: 1);
        IReadOnlyList<Delivery> sent = [];
        await Settled(async () => (sent = await Get<IWebhooks>().Deliveries("acme", webhook.Id, null, 9)).Count > 0);
        sent[^1].Error.ShouldBe("The address is not a public one; an operator may allow others with CRM_WEBHOOKS=any.");
        _receiver.Got.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_redirect_that_keeps_the_body_is_followed_and_any_other_is_a_failure()
    {
        using var sender = new WebhookSender(new(AnyAddress: true));
        var none = new Dictionary<string, string>();
        (await sender.Send(new(_receiver.Url, "/moved/307"), "{}"u8.ToArray(), none, default)).ShouldBe(new(200, null));
        (await sender.Send(new(_receiver.Url, "/moved/302"), "{}"u8.ToArray(), none, default)).ShouldBe(new(302, "The receiver answered 302."));
        (await sender.Send(new(_receiver.Url, "/loop"), "{}"u8.ToArray(), none, default)).Error.ShouldBe("The receiver redirects more than 3 times.");
        (await sender.Send(new("http://127.0.0.1:9/"), "{}"u8.ToArray(), none, default)).Error.ShouldBe("The receiver cannot be reached: ConnectionError.");
    }

    private IRecords Records => Get<IRecords>();

    private T Get<T>() where T : notnull => _host.Services.GetRequiredService<T>();

    private async Task Start(bool anyAddress)
    {
        var kinds = Kinds.All();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(kinds).AddSingleton<ICatalog>(kinds).AddSingleton<IKindRegistry>(kinds).AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<EmbeddedFeed>().AddSingleton<IFeed>(of => of.GetRequiredService<EmbeddedFeed>()).AddSingleton<INudges>(of => of.GetRequiredService<EmbeddedFeed>());
        builder.Services.AddPostgres(_fixture.Options).AddLists().AddSingleton(new OutboxOptions { Backoff = TimeSpan.FromMilliseconds(1) });
        builder.Services.AddSingleton<Processes>().AddSingleton<RecordServices>().AddSingleton<EmbeddedRecords>();
        builder.Services.AddSingleton(of => new RecordHost(of.GetRequiredService<EmbeddedRecords>(), TimeSpan.FromSeconds(2))).AddSingleton<IRecords>(of => of.GetRequiredService<EmbeddedRecords>());
        builder.Services.AddWebhooks(new(anyAddress));
        builder.Services.AddHostedService(of => ActivatorUtilities.CreateInstance<OutboxWorker>(of, of.GetRequiredService<EmbeddedRecords>()));
        _host = builder.Build();
        await _host.StartAsync();
    }

    private async Task Stop()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }

    private async Task<Address> Make(string[]? kinds = null, bool active = true)
    {
        var at = new Address("acme", "webhooks", $"hook-{Guid.NewGuid():N}");
        await Edit(at, 0, new { name = "Test", url = new Uri(_receiver.Url, "/hook").ToString(), kinds = kinds ?? ["contacts"], active });
        return at;
    }

    private async Task<Address> Contact(int edits)
    {
        var at = new Address("acme", "contacts", $"c-{Guid.NewGuid():N}");
        await Edit(at, 0, new { name = "Ada Lovelace" });
        for (var version = 1; version < edits; version++)
        {
            await Edit(at, version, new { title = $"Buyer {version + 1}" });
        }

        return at;
    }

    private async Task Edit(Address at, long version, object fields) =>
        (await Records.Edit(at, Admin, Guid.NewGuid(), version, JsonSerializer.SerializeToElement(fields))).Status.ShouldBe(Status.Applied);

    private static Task Settled(Func<bool> done) => Settled(() => Task.FromResult(done()));

    private static async Task Settled(Func<Task<bool>> done)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await done())
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private sealed record Arrived(string Id, long Time, string Signature, string Body)
    {
        public string Ref => JsonElement.Parse(Body).GetProperty("data").GetProperty("ref").GetString()!;

        public long Version => JsonElement.Parse(Body).GetProperty("data").GetProperty("version").GetInt64();
    }

    /// <summary>Who receives.</summary>
    private sealed class Receiver : IAsyncLifetime
    {
        private readonly Lock _gate = new();
        private readonly List<Arrived> _got = [];
        private WebApplication _app = null!;

        public Uri Url => new(_app.Urls.First());

        /// <summary>How many of the next ones are answered with 503.</summary>
        public int Refuse { get; set; }

        public IReadOnlyList<Arrived> Got
        {
            get
            {
                lock (_gate)
                {
                    return [.. _got];
                }
            }
        }

        public List<long> Versions(Address of) => [.. Got.Where(got => got.Ref == of.Ref).Select(got => got.Version)];

        public async Task InitializeAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            _app = builder.Build();
            _app.MapPost("/hook", Take);
            _app.MapPost("/fine", () => Results.Ok());
            _app.MapPost("/moved/307", () => Results.Redirect("/fine", permanent: false, preserveMethod: true));
            _app.MapPost("/moved/302", () => Results.Redirect("/fine"));
            _app.MapPost("/loop", () => Results.Redirect("/loop", permanent: true, preserveMethod: true));
            await _app.StartAsync();
        }

        public async Task DisposeAsync() => await _app.DisposeAsync();

        private async Task<IResult> Take(HttpRequest request)
        {
            using var reader = new StreamReader(request.Body);
            var arrived = new Arrived(
                request.Headers[WebhookSignature.IdHeader]!, long.Parse(request.Headers[WebhookSignature.TimeHeader]!), request.Headers[WebhookSignature.SignatureHeader]!, await reader.ReadToEndAsync());
            lock (_gate)
            {
                _got.Add(arrived);
                return Refuse-- > 0 ? Results.StatusCode((int)HttpStatusCode.ServiceUnavailable) : Results.Ok();
            }
        }
    }
}
