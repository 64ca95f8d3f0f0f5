using Crm.Engine;

namespace Crm.Webhooks;

/// <summary>An address outside that a tenant wants its changes sent to.</summary>
/// <param name="Url">http or https, without a name or password in it.</param>
/// <param name="Kinds">Kinds whose changes are sent; none for all.</param>
/// <param name="Active">Whether changes are sent. What happens while it is not is not sent later by itself: see resuming.</param>
/// <param name="Epoch">Which secret signs: it goes up when the secret is rotated. Deliveries carry the signature of the one before as well.</param>
public sealed record Webhook(string? Name = null, string? Url = null, IReadOnlyList<string>? Kinds = null, bool Active = true, long Epoch = 1) : IKind<Webhook>
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "webhooks";

    private const int MaxName = 100;
    private const int MaxUrl = 2000;
    private const int MaxKinds = 50;

    /// <inheritdoc />
    public static Kind<Webhook> Kind { get; } = new Kind<Webhook>(KindName, "name", new Webhook(), "Addresses outside that changes are sent to, signed, in order for each record.")
        .Field(nameof(Name), FieldType.Text, searched: true, required: true, maxLength: MaxName)
        .Field(nameof(Url), FieldType.Text, searched: true, required: true, maxLength: MaxUrl, important: true)
        .Field(nameof(Kinds), FieldType.Set, maxLength: 40)
        .Field(nameof(Active), FieldType.Flag, important: true)
        .Field(nameof(Epoch), FieldType.Counter, editable: false)
        .Verb<RotateSecret>("Signs with a new secret from now on; the one before signs beside it, until the next rotation.")
        .Silent("create", "edit", "delete", "restore", "undo", RotateSecret.Name)
        .Example(new("Billing", "https://billing.example/crm", ["contacts"]));

    /// <inheritdoc />
    public Webhook Tidied(Moment moment) => this with
    {
        Name = Name?.Trim(),
        Url = Url?.Trim(),
        Kinds = Kinds?.Select(kind => kind.Trim()).Where(kind => kind.Length > 0).Distinct().Order(StringComparer.Ordinal).ToList() is { Count: > 0 } kinds ? kinds : null,
    };

    /// <inheritdoc />
    public IEnumerable<Problem> Check()
    {
        if (string.IsNullOrEmpty(Name))
        {
            yield return new("name", "webhook.name", "A webhook needs a name.");
        }

        if (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0)
        {
            yield return new("url", "webhook.url", "This must be an address such as https://billing.example/crm, without a name or password in it.");
        }

        if (Kinds?.Count > MaxKinds)
        {
            yield return new("kinds", "webhook.kinds", $"There may be at most {MaxKinds} kinds. Leave the field empty for all of them.");
        }
    }
}

/// <summary>Signs with a new secret from now on.</summary>
public sealed record RotateSecret : IVerb<Webhook>
{
    /// <inheritdoc />
    public static string Name => "rotate";

    /// <inheritdoc />
    public static string Permission => "webhooks.rotate";

    /// <inheritdoc />
    public Decision<Webhook> Decide(Webhook record, Moment moment) => record with { Epoch = record.Epoch + 1 };
}
