using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Crm.Load;

/// <summary>Imports a made-up CSV file through the API, with duplicates in it, and follows the job to its end.</summary>
public sealed class ImportScenario(int rows = 100_000)
{
    /// <summary>Seconds from the request to the end of the job, rows a second, and what the job counted.</summary>
    public async Task<Dictionary<string, double>> Run(Product product)
    {
        var (client, _) = await product.SignIn("ana@acme.test");
        var csv = Csv();
        var clock = Stopwatch.StartNew();
        using var body = new ByteArrayContent(csv) { Headers = { ContentType = new MediaTypeHeaderValue("text/csv") } };
        using var accepted = await client.PostAsync("/api/v1/contacts/import", body);
        accepted.EnsureSuccessStatusCode();
        while (true)
        {
            var job = await client.GetFromJsonAsync<JsonElement>(accepted.Headers.Location);
            var fields = job.TryGetProperty("fields", out var inner) ? inner : job;
            if (fields.GetProperty("state").GetString() is var state && state != "running")
            {
                var seconds = clock.Elapsed.TotalSeconds;
                client.Dispose();
                return state == "done"
                    ? new()
                    {
                        ["seconds"] = seconds, ["rowsPerSecond"] = rows / seconds, ["created"] = fields.GetProperty("created").GetDouble(),
                        ["merged"] = fields.GetProperty("merged").GetDouble(), ["skipped"] = fields.GetProperty("skipped").GetDouble(),
                        ["megabytesAfter"] = new Family(product.Pid).Memory() / 1e6,
                    }
                    : throw new InvalidOperationException(job.ToString());
            }

            await Task.Delay(200);
        }
    }

    private byte[] Csv()
    {
        var random = new Random(7);
        var text = new StringBuilder("First name;Last name;Email;Company;Phone;City;Country;Job title\r\n");
        for (var i = 0; i < rows; i++)
        {
            var who = i % 50 == 49 ? i - 1 : i; // Every fiftieth line is the one before it once more.
            text.Append(Names.First(new(who))).Append(';').Append(Names.Last(new(who + 1_000_000))).Append(";p").Append(who).Append("@example")
                .Append(who % 997).Append(".test;").Append(Names.Company(new(who % 5_000))).Append(";+49 30 ").Append(1_000_000 + who)
                .Append(";Berlin;Germany;").Append(random.Next(2) == 0 ? "Buyer" : "Head of Sales").Append("\r\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
