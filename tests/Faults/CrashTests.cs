using System.Net.Http.Json;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.Json;
using Crm.Load;

namespace Crm.Faults;

/// <summary>The product is killed at each step of an edit. Whoever got no answer asks again, and finds what he would have found without it.</summary>
public sealed class CrashTests(CrashTests.Database database) : IClassFixture<CrashTests.Database>
{
    private const int Edits = 12;
    private static readonly string[] Hidden = ["CRASH_AT", "CLOCK_FILE", "pre_commit", "post_commit", "pre_publish", "post_publish", "pre_mark", "post_mark"];

    [Fact]
    public Task Killed_before_its_commit_an_edit_is_made_when_it_is_sent_again() => Killed("pre_commit", isStored: false);

    [Fact]
    public Task Killed_after_its_commit_an_edit_gets_the_answer_that_it_would_have_got() => Killed("post_commit", isStored: true);

    [LongFact]
    public Task Killed_before_anybody_is_told_an_edit_is_told_of_after_the_start() => Killed("pre_publish", isStored: true);

    [LongFact]
    public Task Killed_after_somebody_was_told_an_edit_is_told_of_once() => Killed("post_publish", isStored: true);

    private async Task Killed(string place, bool isStored)
    {
        await database.Site.Start(armed: true, ("CRASH_AT", $"{place}:5"));
        var (client, token) = await database.Site.SignIn();
        using var signedIn = client;
        var editors = new Editors(client);
        await editors.Make(1);
        var (id, interrupted) = (editors.Ids.Single(), 0);
        var screen = await Watched(id, token);
        for (var version = 1L; version < Edits; version++)
        {
            var key = Guid.NewGuid().ToString();
            if (await editors.Try(id, version, $"edit {version + 1}", key) is not { } made)
            {
                interrupted++;
                screen = await Interrupted(screen, id, token, isStored ? version + 1 : version);
                long? answered = null;
                await Site.Until(async () => (answered = await editors.Try(id, version, $"edit {version + 1}", key)) is not null, "an answer", 20);
                made = answered!.Value;
            }

            made.ShouldBe(version + 1);
        }

        interrupted.ShouldBe(1);
        await Site.Until(() => screen.Version($"contacts/{id}") == Edits, "the last edit on the screen", 10);
        var told = screen.Changes.Select(change => change.Version).ToList();
        told.ShouldBe(Enumerable.Range(0, told.Count).Select(step => told[0] + step)); // Without a gap, none twice.
        await screen.DisposeAsync();
        var history = (await client.GetFromJsonAsync<JsonElement>($"/api/v1/contacts/{id}/history?limit=100")).GetProperty("items").EnumerateArray().ToList();
        history.Select(change => change.GetProperty("version").GetInt64()).ShouldBe(Enumerable.Range(1, Edits).Select(each => (long)each));
        history.Skip(1).Select(change => change.GetProperty("changes").GetProperty("notes").GetProperty("to").GetString()).ShouldBe(Enumerable.Range(2, Edits - 1).Select(edit => $"edit {edit}"));
    }

    private async Task<Screen> Watched(string id, string token)
    {
        var screen = await Screen.Open(database.Site.Node, token);
        await screen.Watch($"contacts/{id}");
        return screen;
    }

    // What is stored is stored, no more and no less; and a screen that comes back is told of all that it missed.
    private async Task<Screen> Interrupted(Screen screen, string id, string token, long stored)
    {
        var site = database.Site;
        await site.Node.Ended.WaitAsync(TimeSpan.FromSeconds(20));
        ((long)(await site.Ask($"SELECT version FROM records WHERE id = '{id}'"))!).ShouldBe(stored);
        var seen = screen.Version($"contacts/{id}");
        seen.ShouldBeLessThanOrEqualTo(stored);
        await screen.DisposeAsync();
        await site.Start();
        var again = await Screen.Open(site.Node, token);
        (await again.Watch($"contacts/{id}", seen)).GetProperty("version").GetInt64().ShouldBe(stored);
        return again;
    }

    [Fact]
    public async Task Killed_after_a_reaction_is_marked_it_is_made_once() => (await Delivered("post_mark")).ShouldBe(["1"]);

    // The claim of whoever died ends after a minute; then another one makes the reaction again, and its receiver knows it by its id.
    [LongFact]
    public async Task Killed_before_a_reaction_is_marked_it_is_made_again_under_the_same_id() => (await Delivered("pre_mark")).ShouldBe(["1", "1"]);

    private async Task<List<string>> Delivered(string place)
    {
        var site = database.Site;
        await using var receiver = await Receiver.Start();
        var node = await site.Start(armed: true, ("CRASH_AT", $"{place}:1"));
        var (client, _) = await site.SignIn("admin@acme.test");
        using var signedIn = client;
        using var made = await client.PostAsJsonAsync("/api/v1/webhooks", new { name = place, url = receiver.Url, kinds = new[] { "contacts" }, active = true });
        made.EnsureSuccessStatusCode();
        using var contact = await client.PostAsJsonAsync("/api/v1/contacts", new { name = place });
        contact.EnsureSuccessStatusCode();
        var reference = $"contacts/{(await contact.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()}";
        await node.Ended.WaitAsync(TimeSpan.FromSeconds(20));
        await site.Start();
        await Site.Until(async () => (long)(await site.Ask("SELECT count(*) FROM outbox"))! == 0, "an empty outbox", 100);
        var hook = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        using var gone = await client.DeleteAsync(new Uri($"/api/v1/webhooks/{hook}", UriKind.Relative));
        gone.EnsureSuccessStatusCode();
        receiver.Ids.Distinct().Count().ShouldBe(1);
        return [.. receiver.Heard(reference).Select(version => version.ToString())];
    }

    [Fact]
    public void The_product_that_is_released_knows_no_place_to_crash()
    {
        var root = Measured.Root();
        foreach (var assembly in (string[])["Silo", "Grains", "Grains.Interfaces", "WebFrontend"])
        {
            Texts(Path.Combine(root, $"Silo/bin/Release/net10.0/{assembly}.dll")).ShouldNotContain(text => Hidden.Contains(text), assembly);
        }

        Texts(Path.Combine(root, "Silo/bin/CrashPoints/Grains.dll")).ShouldContain("CRASH_AT"); // What is looked for is where it should be.
        Texts(Path.Combine(root, "Silo/bin/CrashPoints/Silo.dll")).ShouldContain("pre_commit");
    }

    // Every text that code of an assembly loads.
    private static List<string> Texts(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var reader = file.GetMetadataReader();
        var texts = new List<string>();
        for (var handle = MetadataTokens.UserStringHandle(1); !handle.IsNil; handle = reader.GetNextHandle(handle))
        {
            texts.Add(reader.GetUserString(handle));
        }

        return texts;
    }

    /// <summary>One database for all of these; each starts the product itself.</summary>
    public sealed class Database : IAsyncLifetime
    {
        public Site Site { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Site = await Site.Open();
            await (await Site.Start()).Stop(); // The demo tenants are there: what comes past a place from now on is the test's.
        }

        public Task DisposeAsync() => Site.DisposeAsync().AsTask();
    }
}
