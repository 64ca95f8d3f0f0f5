using System.Globalization;
using System.Text.Json;
using Crm.Notices;

namespace Crm.Engine;

/// <summary>Sends a user what is due by e-mail and still unread: one letter for all of it.</summary>
/// <remarks>
/// The alarm is the letter's row: while the server is away it stays and is tried again for three days. What was read meanwhile is not in it. A letter goes
/// twice only where the server took it and its answer, or what was written down after it, was lost; its Message-ID is the same then.
/// </remarks>
public sealed class MailBell(IMailPost post, ILists lists, INotices notices, IMembers members, WishBook wishes, TimeProvider time) : IBell
{
    private const string Bell = "notices.mail";
    private const int Most = INotices.Most;

    /// <inheritdoc />
    public string Name => Bell;

    /// <inheritdoc />
    public int Attempts => 440; // Three days.

    /// <summary>The alarm for all that a user is sent at a time.</summary>
    public static Alarm For(string tenant, string user, DateTimeOffset due) => new(tenant, Bell, $"{user}/{due.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)}", due);

    /// <inheritdoc />
    public async Task<Alarm?> Ring(Alarm alarm, IRecords records, CancellationToken cancel)
    {
        var user = alarm.Key.Split('/')[0];
        if (!post.IsOpen || !(await members.Of(alarm.Tenant)).TryGetValue(user, out var member) || await members.Caller(alarm.Tenant, user) is not { } caller)
        {
            return null;
        }

        var wanted = await wishes.Of(alarm.Tenant, user, records);
        var due = wanted.Mails ? await Due(alarm.Tenant, user, cancel) : [];
        var texts = await notices.Texts(caller, [.. due.Select(view => view.Id)], wanted.Language, cancel);
        if (texts.Count == 0)
        {
            return null;
        }

        try
        {
            var letter = NoticeLetter.Of(CommandIds.Derive(Bell, alarm.Tenant, alarm.Key).ToString(), member, texts, Urgent(due), wanted.Language, post, await post.Unsubscribe(alarm.Tenant, user));
            await post.Send(letter, cancel);
        }
        catch (LetterRefusedException refused)
        {
            // Nobody will ever take it: it counts as sent, and what it says stays unread in the product.
            await Mark(due, alarm, records);
            throw new InvalidOperationException(refused.Message, refused);
        }

        await Mark(due, alarm, records);
        return due.Count == Most ? alarm with { Due = time.GetUtcNow() } : null;
    }

    private static bool Urgent(IReadOnlyList<RecordView> due) => due.Any(view => view.Fields["priority"].ValueEquals("critical"));

    private async Task<IReadOnlyList<RecordView>> Due(string tenant, string user, CancellationToken cancel)
    {
        var unread = JsonSerializer.SerializeToElement(new { user, mailAt = new { lte = time.GetUtcNow() }, read = new { empty = true }, mailed = new { empty = true } });
        var answer = await lists.Find(Caller.System(tenant), Notice.KindName, new(null, unread, "priority", Most), cancel);
        return answer.Page?.Items ?? throw new UnavailableException($"Notices cannot be read: {answer.Refusal?.Text}");
    }

    private static Task<Outcome[]> Mark(IReadOnlyList<RecordView> due, Alarm alarm, IRecords records) => Task.WhenAll(due.Select(view => records.Do(
        new(alarm.Tenant, Notice.KindName, view.Id), Caller.System(alarm.Tenant), CommandIds.Derive(Bell, alarm.Key, view.Id), Mail.Name, Json.Element(new Mail()))));
}
