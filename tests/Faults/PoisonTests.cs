using System.Net.Http.Json;
using System.Text.Json;

namespace Crm.Faults;

/// <summary>A reaction that cannot be made is parked after five tries, where an operator finds it; nothing else waits for it.</summary>
public sealed class PoisonTests(DatabaseTests.Running running) : IClassFixture<DatabaseTests.Running>
{
    [Fact]
    public async Task What_cannot_be_delivered_is_parked_after_five_tries_and_other_records_do_not_wait()
    {
        var site = running.Site;
        await using var receiver = await Receiver.Start();
        var (client, _) = await site.SignIn("admin@acme.test");
        using var admin = client;
        using var hook = await admin.PostAsJsonAsync("/api/v1/webhooks", new { name = "Poison", url = receiver.Url, kinds = new[] { "contacts" }, active = true });
        hook.EnsureSuccessStatusCode();
        var (tries, poison) = (0, "");
        receiver.Answer = (reference, _) => reference == Volatile.Read(ref poison) && Interlocked.Increment(ref tries) > 0 ? 500 : 200;
        Volatile.Write(ref poison, await Contact(admin, "Poison"));
        await site.Ask("INSERT INTO outbox (tenant_id, kind, id, version, reaction) SELECT tenant_id, kind, id, 1, 'of no version' FROM records WHERE tenant_id = 'acme' AND kind = 'contacts' LIMIT 1");
        for (var done = false; !done; done = (long)(await site.Ask("SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL"))! >= 2)
        {
            var other = await Contact(admin, "Other");
            await Site.Until(() => receiver.Heard(other).Any(), "a delivery of another record", 10);
            await site.Ask("UPDATE outbox SET due_at = now() WHERE parked_at IS NULL AND claimed_until IS NULL"); // What would be due in a minute is due now.
            await site.Ask("NOTIFY crm_outbox");
        }

        tries.ShouldBe(5);
        var letters = (await admin.GetFromJsonAsync<JsonElement>("/api/v1/deadLetters")).GetRawText();
        letters.ShouldContain(poison);
        letters.ShouldContain("of no version");
        (await site.Ask("SELECT max(attempts) FROM outbox WHERE parked_at IS NOT NULL")).ShouldBe(5);
        await Site.Until(async () => await site.Figure("crm_outbox_parked") >= 2, "the alarm", 30);
    }

    private static async Task<string> Contact(HttpClient client, string name)
    {
        using var made = await client.PostAsJsonAsync("/api/v1/contacts", new { name });
        made.EnsureSuccessStatusCode();
        return $"contacts/{(await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()}";
    }
}
