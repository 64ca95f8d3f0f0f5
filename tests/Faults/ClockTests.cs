using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Crm.Faults;

/// <summary>A clock that jumps an hour, both ways: the order of changes is that of their versions and follows no clock.</summary>
public sealed class ClockTests
{
    [LongFact]
    public async Task A_clock_that_jumps_changes_no_order_and_ends_no_session_by_half_a_minute()
    {
        await using var site = await Site.Open();
        var file = Path.GetTempFileName();
        await Set(file, 0);
        await site.Start(armed: true, ("CLOCK_FILE", file));
        var (client, _) = await site.SignIn();
        using var first = client;
        var editors = new Editors(client);
        await editors.Make(1);
        var (id, version) = (editors.Ids.Single(), 1L);
        foreach (var seconds in (int[])[0, 20, -20])
        {
            await Set(file, seconds); // A token that was given before holds all the same.
            version = (await editors.Try(id, version, $"at {seconds}", Guid.NewGuid().ToString())).ShouldNotBeNull(string.Join('\n', editors.Errors));
        }

        foreach (var seconds in (int[])[3_600, -3_600, 0])
        {
            await Set(file, seconds);
            var (again, _) = await site.SignIn();
            using var signedIn = again;
            version = (await new Editors(again).Try(id, version, $"signed in at {seconds}", Guid.NewGuid().ToString())).ShouldNotBeNull();
        }

        var history = (await client.GetFromJsonAsync<JsonElement>($"/api/v1/contacts/{id}/history?limit=100")).GetProperty("items").EnumerateArray().ToList();
        history.Select(change => change.GetProperty("version").GetInt64()).ShouldBe(Enumerable.Range(1, 7).Select(each => (long)each));
        var times = history.Select(change => change.GetProperty("at").GetDateTimeOffset()).ToList();
        (times[4] - times[3]).ShouldBeGreaterThan(TimeSpan.FromMinutes(50)); // The clock did jump.
        (times[5] - times[4]).ShouldBeLessThan(TimeSpan.FromMinutes(-100));
        File.Delete(file);
    }

    private static Task Set(string file, int seconds) => File.WriteAllTextAsync(file, seconds.ToString(CultureInfo.InvariantCulture));
}
