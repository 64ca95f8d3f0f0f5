using System.Text.Json;

namespace Crm.Web.Tests.Live;

/// <summary>Commands over the hub: answers, faults, order, and whatever a client may send that is no command.</summary>
public sealed class CommandTests : IAsyncLifetime
{
    private LiveHost _host = null!;
    private HubClient _ana = null!;
    private HubClient _bo = null!;

    public async Task InitializeAsync()
    {
        _host = await LiveHost.Start();
        _host.Records.Put(Samples.Ada, ("title", "t"), ("notes", "n"));
        _ana = await _host.Connect();
        _bo = await _host.Connect("acme.bo");
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Edits_from_the_same_base_merge_or_conflict()
    {
        (await Edit(_ana, 1, new { title = "Countess" })).GetRawText().ShouldBe("""{"status":"applied","version":2}""");
        (await Edit(_bo, 1, new { notes = "m" })).GetRawText().ShouldBe("""{"status":"merged","version":3}""");

        (await Edit(_bo, 1, new { title = "Lady" })).GetRawText().ShouldBe(
            """{"status":"conflict","version":3,"conflicts":[{"field":"title","base":"t","theirs":"Countess","yours":"Lady","by":"ana","at":"1970-01-01T00:00:00+00:00"}]}""");
    }

    [Fact]
    public async Task The_same_command_again_gets_the_same_answer_and_changes_nothing()
    {
        var command = Guid.NewGuid();
        var answers = new[] { await _ana.Invoke("Edit", "contacts/ada", 1, new { title = "u" }, command), await _ana.Invoke("Edit", "contacts/ada", 1, new { title = "u" }, command) };

        answers.Select(answer => answer.GetRawText()).Distinct().ShouldHaveSingleItem();
        _host.Records.Changes(Samples.Ada).Count.ShouldBe(2);
    }

    [Fact]
    public async Task What_a_rule_refuses_is_an_answer()
    {
        (await Edit(_ana, 1, new { title = "u" }, "contacts/nobody")).GetRawText()
            .ShouldBe("""{"status":"rejected","version":0,"errors":[{"field":"","code":"record.missing","text":"There is no such record."}]}""");
        (await _ana.Invoke("Do", "contacts/ada", "fly", null, Guid.NewGuid())).GetProperty("errors")[0].GetProperty("code").GetString().ShouldBe("verb.unknown");
        (await _ana.Invoke("Do", "contacts/ada", "delete", null, Guid.NewGuid())).GetProperty("status").GetString().ShouldBe("applied");
    }

    [Fact]
    public async Task What_is_broken_is_told_without_its_insides()
    {
        (await Fault(_ana.Invoke("Do", "contacts/ada", "wait", null, Guid.NewGuid()))).ShouldContain("unavailable: Not possible right now. Try again in 2000 ms");
        var fault = await Fault(_ana.Invoke("Do", "contacts/ada", "break", null, Guid.NewGuid()));

        fault.ShouldContain("internal: ");
        fault.ShouldNotContain("secret");
        _host.Logged.ShouldContain(line => line.Contains("secret detail"));
    }

    [Theory]
    [InlineData("Edit", """["contacts/ada",1,{}]""", "Invocation provides 3 argument(s) but target expects 4")]
    [InlineData("Edit", """["contacts/ada",1,{},null]""", "argument.commandId")]
    [InlineData("Edit", """["contacts/ada",1,{},"not-a-uuid"]""", "argument.commandId")]
    [InlineData("Edit", """["contacts/ada",1,{},"00000000-0000-0000-0000-000000000000"]""", "argument.commandId")]
    [InlineData("Edit", """["contacts/ada","1",{},"3f2504e0-4f89-41d3-9a0c-0305e82c3301"]""", "argument.baseVersion")]
    [InlineData("Edit", """["contacts/ada",-1,{},"3f2504e0-4f89-41d3-9a0c-0305e82c3301"]""", "argument.baseVersion")]
    [InlineData("Edit", """["contacts/ada",1.5,{},"3f2504e0-4f89-41d3-9a0c-0305e82c3301"]""", "argument.baseVersion")]
    [InlineData("Edit", """["contacts/ada",1e99,{},"3f2504e0-4f89-41d3-9a0c-0305e82c3301"]""", "argument.baseVersion")]
    [InlineData("Edit", """[{"x":1},1,{},"3f2504e0-4f89-41d3-9a0c-0305e82c3301"]""", "argument.ref")]
    [InlineData("Watch", """["ada",null]""", "argument.ref")]
    [InlineData("Watch", """["contacts/ada/1",null]""", "argument.ref")]
    [InlineData("Watch", """["contacts/a\u0000",null]""", "argument.ref")]
    [InlineData("Watch", """["contacts/\ud800",null]""", "argument.ref")]
    [InlineData("Watch", """["../../etc/passwd",null]""", "argument.ref")]
    [InlineData("Watch", """["contacts/ada","latest"]""", "argument.sinceVersion")]
    [InlineData("Watch", """["planets/ada",null]""", "record.missing")]
    [InlineData("WatchList", """["planets",{}]""", "kind.unknown")]
    [InlineData("WatchList", """["contacts",[]]""", "argument.query")]
    [InlineData("WatchList", """["contacts",{"limit":0}]""", "argument.limit")]
    [InlineData("WatchList", """["contacts",{"limit":1000000}]""", "argument.limit")]
    [InlineData("WatchList", """["contacts",{"q":7}]""", "argument.q")]
    [InlineData("WatchList", """["contacts",{"q":"a\u0000b"}]""", "argument.q")]
    [InlineData("WatchList", """["contacts",{"filter":"x"}]""", "argument.filter")]
    [InlineData("WatchList", """["contacts",{"sort":"shoesize"}]""", "sort.field")]
    [InlineData("WatchList", """["contacts",{"filter":{"shoesize":1}}]""", "filter.")]
    [InlineData("UnwatchList", """[7]""", "argument.subscription")]
    [InlineData("Do", """["contacts/ada",7,{},"3f2504e0-4f89-41d3-9a0c-0305e82c3301"]""", "argument.verb")]
    [InlineData("Do", """["contacts/ada","delete",[],"3f2504e0-4f89-41d3-9a0c-0305e82c3301"]""", "argument.args")]
    [InlineData("Enter", """[]""", "Method does not exist.")]
    [InlineData("OnConnectedAsync", """[]""", "Method does not exist.")]
    [InlineData("Dispose", """[]""", "Method does not exist.")]
    public async Task What_makes_no_sense_is_told_by_name_and_the_connection_lives_on(string method, string arguments, string told)
    {
        (await Fault(_ana.Send(method, arguments))).ShouldContain(told);

        (await _ana.Invoke("Watch", "contacts/ada", null)).GetProperty("version").GetInt64().ShouldBe(1);
        _host.Records.Changes(Samples.Ada).Count.ShouldBe(1);
        _host.Logged.ShouldBeEmpty();
    }

    public static TheoryData<string> NoMessages => new(
        "no JSON at all",
        """{"type":1,"invocationId":"x","target":"Watch","arguments":["contacts/ada",NaN]}""",
        """{"type":1,"invocationId":"x","target":"Edit","arguments":["contacts/ada",1,""" + Deep(10_000) + ""","3f2504e0-4f89-41d3-9a0c-0305e82c3301"]}""",
        """{"type":1,"invocationId":"x","target":"Edit","arguments":["contacts/ada",1,{"title":"#"},"3f2504e0-4f89-41d3-9a0c-0305e82c3301"]}""".Replace("#", new('x', 100_000)),
        """{"type":1,"invocationId":"x","target":"\ud800","arguments":[]}""",
        """[1,2,3]""");

    [Theory, MemberData(nameof(NoMessages))]
    public async Task What_is_no_message_ends_at_most_its_own_connection(string message)
    {
        await _bo.Invoke("Watch", "contacts/ada", null);

        _ana.Write(message);
        _ana.Write("""{"type":1,"invocationId":"y","target":"Watch","arguments":["contacts/ada",null]}""");
        await LiveHost.Until(() => _ana.Closed || _ana.All.Any(heard => heard.Target == "answer" && heard.Argument.GetProperty("invocationId").GetString() == "y"), "an end or an answer");

        (_ana.CloseError ?? "").ShouldNotContain("   at ");
        (await Edit(_bo, 1, new { title = "fine" })).GetProperty("status").GetString().ShouldBe("applied");
        await LiveHost.Until(() => _bo.Versions("contacts/ada").Count == 1, "the change");
        _host.Logged.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_client_that_sent_too_much_is_told_so()
    {
        _ana.Write(new string('x', 100_000));

        await LiveHost.Until(() => _ana.Closed, "the end");

        _ana.CloseError.ShouldNotBeNull().ShouldContain("The maximum message size of 65536B was exceeded");
    }

    [Fact]
    public async Task Edits_of_one_connection_take_their_turns_in_the_order_they_were_sent()
    {
        await Task.WhenAll(Enumerable.Range(2, 300).Select(i => Edit(_ana, 1_000, new { title = $"t{i}" })));

        _host.Records.Changes(Samples.Ada).Skip(1).Select(change => change.Fields["title"].To.GetString()).ShouldBe(Enumerable.Range(2, 300).Select(i => $"t{i}"));
    }

    [Fact]
    public async Task A_record_that_is_slow_holds_up_no_other_call()
    {
        _host.Records.Put(Samples.At("bob"), ("title", "t"));
        var held = new TaskCompletionSource();
        _host.Records.Editing = at => at == Samples.Ada ? held.Task : Task.CompletedTask;

        var slow = Edit(_ana, 1, new { title = "u" });
        (await Edit(_ana, 1, new { title = "v" }, "contacts/bob")).GetProperty("version").GetInt64().ShouldBe(2);
        await _ana.Invoke("Watch", "contacts/ada", null);

        slow.IsCompleted.ShouldBeFalse();
        held.SetResult();
        (await slow).GetProperty("version").GetInt64().ShouldBe(2);
    }

    private static string Deep(int depth) => new string('[', depth) + new string(']', depth);

    private static Task<JsonElement> Edit(HubClient client, long baseVersion, object fields, string reference = "contacts/ada") =>
        client.Invoke("Edit", reference, baseVersion, fields, Guid.NewGuid());

    private static async Task<string> Fault(Task<JsonElement> call)
    {
        var message = (await Should.ThrowAsync<HubFault>(call)).Message;
        message.ShouldNotContain("   at ");
        return message;
    }
}
