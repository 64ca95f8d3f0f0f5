using System.Text.Json;

namespace Crm.Web.Tests.Live;

/// <summary>Watching records over the wire: the answer first, then every later change once and in order, on every transport.</summary>
public sealed class WatchTests
{
    public static TheoryData<Transport> Transports => [Transport.WebSockets, Transport.ServerSentEvents, Transport.LongPolling];

    [Theory, MemberData(nameof(Transports))]
    public async Task Whoever_joins_amid_changes_gets_the_answer_first_and_then_all_that_is_later(Transport transport)
    {
        await using var host = await LiveHost.Start();
        host.Records.Put(Samples.Ada, ("title", "t0"));
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(() =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                host.Records.Put(Samples.Ada, ("title", $"t{i}"));
                Thread.SpinWait(2_000);
            }
        });
        var clients = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => host.Connect(transport: transport)));
        var answers = await Task.WhenAll(clients.Select(client => client.Invoke("Watch", "contacts/ada", null)));
        await Task.WhenAll(clients.Select((client, i) => LiveHost.Until(() => client.Versions("contacts/ada").Count > 50, $"changes of client {i}")));
        await stop.CancelAsync();
        await writer;

        var head = host.Records.Changes(Samples.Ada).Count;
        foreach (var (client, answer) in clients.Zip(answers))
        {
            await LiveHost.Until(() => client.Versions("contacts/ada") is [.., var last] && last == head, $"version {head}");
            client.All[0].Target.ShouldBe("answer");
            var version = (int)answer.GetProperty("version").GetInt64();
            client.Versions("contacts/ada").ShouldBe(Enumerable.Range(version + 1, head - version).Select(next => (long)next));
        }
    }

    [Fact]
    public async Task Nobody_waits_for_a_read_whose_client_has_gone()
    {
        await using var host = await LiveHost.Start();
        host.Records.Put(Samples.Ada, ("title", "t"));
        host.Records.Reading = _ => new TaskCompletionSource().Task;
        var client = await host.Connect();
        var watching = client.Invoke("Watch", "contacts/ada", null);
        await LiveHost.Until(() => host.Records.Readers == 1, "the read");

        await client.DisposeAsync();

        await LiveHost.Until(() => host.Records.Readers == 0, "its end");
        await LiveHost.Until(() => !host.Connections.Known.Any(), "the end of the connection");
        watching.IsCompletedSuccessfully.ShouldBeFalse();
        host.Logged.ShouldBeEmpty();
    }

    [Fact]
    public async Task All_transports_tell_the_same_story()
    {
        await using var host = await LiveHost.Start();
        var stories = new List<string>();
        foreach (var transport in Enum.GetValues<Transport>())
        {
            var (ada, gone) = (Samples.At($"ada-{transport}"), Samples.At($"gone-{transport}"));
            host.Records.Put(ada, ("name", "Ada"), ("status", $"{transport}"));
            host.Records.Put(gone, ("name", "Gone"));
            var client = await host.Connect(transport: transport);
            var list = await client.Invoke("WatchList", "contacts", new { filter = new { status = $"{transport}" } });
            var first = await client.Invoke("Watch", ada.Ref, null);
            await client.Invoke("Watch", gone.Ref, 1);
            var outcome = await client.Invoke("Edit", ada.Ref, 1, new { title = "Countess" }, Guid.NewGuid());
            await LiveHost.Until(() => client.Changes(ada.Ref).Count == 1 && client.All.Any(heard => heard.Target == "ListChanged"), "the edit");
            host.Records.Delete(gone);
            await LiveHost.Until(() => client.All.Any(heard => heard.Target == "Removed"), "the removal");
            var fault = (await Should.ThrowAsync<HubFault>(client.Invoke("Watch", "contacts/nobody", null))).Message;
            var pushed = client.All.Where(heard => heard.Target != "answer").OrderBy(heard => heard.Target, StringComparer.Ordinal).Select(heard => $"{heard.Target} {heard.Argument}");
            stories.Add($"{list} {first} {outcome} {string.Join('\n', pushed)} {fault}".Replace(transport.ToString(), "T", StringComparison.Ordinal));
        }

        stories.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Who_comes_back_with_a_version_gets_exactly_what_was_missed()
    {
        await using var host = await LiveHost.Start();
        for (var i = 1; i <= 30; i++)
        {
            host.Records.Put(Samples.Ada, ("title", $"t{i}"));
        }

        var client = await host.Connect();
        var answer = await client.Invoke("Watch", "contacts/ada", 20);

        answer.GetProperty("version").GetInt64().ShouldBe(30);
        answer.GetProperty("changes").EnumerateArray().Select(change => change.GetProperty("version").GetInt64())
            .ShouldBe(Enumerable.Range(21, 10).Select(version => (long)version));
        answer.GetProperty("changes")[0].GetRawText().ShouldBe(
            """{"ref":"contacts/ada","version":21,"at":"1970-01-01T00:00:00+00:00","by":"someone","type":"contacts.edit","fields":{"title":{"from":"t20","to":"t21"}}}""");
    }

    [Fact]
    public async Task Who_missed_too_much_or_knows_a_version_that_never_was_gets_the_whole_record()
    {
        await using var host = await LiveHost.Start(options => options.ResumeChanges = 5);
        for (var i = 1; i <= 30; i++)
        {
            host.Records.Put(Samples.Ada, ("title", $"t{i}"));
        }

        var client = await host.Connect();

        foreach (var since in (long[])[0, 3, 99])
        {
            var answer = await client.Invoke("Watch", "contacts/ada", since);
            answer.GetProperty("record").GetProperty("version").GetInt64().ShouldBe(30);
        }
    }

    [Fact]
    public async Task Lost_doubled_and_late_nudges_still_make_one_story()
    {
        await using var host = await LiveHost.Start(options => options.HeadsEvery = TimeSpan.FromMilliseconds(200));
        var random = new Random(7);
        Nudge? held = null;
        host.Records.Wire = (nudge, pass) =>
        {
            switch (random.Next(5))
            {
                case 0:
                    break;
                case 1:
                    pass(nudge);
                    pass(nudge);
                    break;
                case 2 when held is null:
                    held = nudge;
                    break;
                default:
                    pass(nudge);
                    if (held is { } late)
                    {
                        pass(late);
                        held = null;
                    }

                    break;
            }
        };
        host.Records.Put(Samples.Ada, ("title", "t"));
        var client = await host.Connect();
        await client.Invoke("Watch", "contacts/ada", null);
        for (var i = 2; i <= 200; i++)
        {
            host.Records.Put(Samples.Ada, ("title", $"t{i}"));
        }

        await LiveHost.Until(() => client.Versions("contacts/ada").Count >= 199, "all changes");
        client.Versions("contacts/ada").ShouldBe(Enumerable.Range(2, 199).Select(version => (long)version));
    }

    [Fact]
    public async Task The_last_nudge_of_all_may_be_lost()
    {
        await using var host = await LiveHost.Start(options => options.HeadsEvery = TimeSpan.FromMilliseconds(200));
        host.Records.Put(Samples.Ada, ("title", "t"));
        host.Records.Put(Samples.At("bob"), ("title", "t"));
        var client = await host.Connect();
        await client.Invoke("Watch", "contacts/ada", null);
        await client.Invoke("Watch", "contacts/bob", null);
        host.Records.Wire = static (_, _) => { };

        host.Records.Put(Samples.Ada, ("title", "unheard"));
        host.Records.Delete(Samples.At("bob"));

        await LiveHost.Until(() => client.Versions("contacts/ada").Count == 1, "the change that nobody nudged");
        await LiveHost.Until(() => client.All.Any(heard => heard.Target == "Removed"), "the deletion that nobody nudged");
        client.All.Single(heard => heard.Target == "Removed").Argument.GetRawText().ShouldBe("""{"ref":"contacts/bob","version":2,"by":"someone"}""");
    }

    [Fact]
    public async Task Watching_again_starts_anew_and_unwatching_ends_it()
    {
        await using var host = await LiveHost.Start();
        host.Records.Put(Samples.Ada, ("title", "t"));
        var client = await host.Connect();
        await client.Invoke("Watch", "contacts/ada", null);
        await client.Invoke("Watch", "contacts/ada", 1);
        host.Records.Put(Samples.Ada, ("title", "u"));
        await LiveHost.Until(() => client.Versions("contacts/ada").Count > 0, "the change");

        await client.Invoke("Unwatch", "contacts/ada");
        host.Records.Put(Samples.Ada, ("title", "v"));
        (await client.Invoke("Watch", "contacts/ada", null)).GetProperty("version").GetInt64().ShouldBe(3);

        client.Versions("contacts/ada").ShouldBe([2]);
    }

    [Fact]
    public async Task Watches_of_the_same_record_at_once_are_answered_in_order()
    {
        await using var host = await LiveHost.Start();
        host.Records.Put(Samples.Ada, ("title", "t"));
        host.Records.Reading = static async _ => await Task.Yield();
        var client = await host.Connect();

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => client.Invoke("Watch", "contacts/ada", null)));
        host.Records.Put(Samples.Ada, ("title", "u"));
        await LiveHost.Until(() => client.Versions("contacts/ada").Count > 0, "the change");
        await client.Invoke("Unwatch", "contacts/nobody");

        answers.ShouldAllBe(answer => answer.GetProperty("version").GetInt64() == 1);
        client.Versions("contacts/ada").ShouldBe([2]);
    }

    [Fact]
    public async Task Nobody_hears_of_another_tenant()
    {
        await using var host = await LiveHost.Start();
        host.Records.Put(Samples.Ada, ("title", "canary"));
        var stranger = await host.Connect("globex.eve");

        var foreign = (await Should.ThrowAsync<HubFault>(stranger.Invoke("Watch", "contacts/ada", null))).Message;
        var unknown = (await Should.ThrowAsync<HubFault>(stranger.Invoke("Watch", "contacts/nobody", null))).Message;
        host.Records.Put(Samples.Ada, ("title", "canary"));
        var list = await stranger.Invoke("WatchList", "contacts", new { });

        foreign.ShouldContain("record.missing");
        foreign.ShouldBe(unknown);
        list.GetProperty("items").GetArrayLength().ShouldBe(0);
        stranger.All.ShouldAllBe(heard => heard.Target == "answer" && !heard.Argument.GetRawText().Contains("canary"));
    }

    [Fact]
    public async Task A_tenant_without_connections_is_heard_no_longer()
    {
        await using var host = await LiveHost.Start(options => (options.LingerFor, options.HeadsEvery) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100)));
        var client = await host.Connect();
        host.Records.Subscriptions.ShouldBe(1);

        await client.DisposeAsync();

        await LiveHost.Until(() => host.Records.Subscriptions == 0, "the end of the subscription");
        host.Connections.Known.ShouldBeEmpty();
    }
}
