using System.Text.Json;
using Crm.Engine;

namespace Crm.Simulation;

/// <summary>One field of every way to merge, a stock that may not fall below zero, and a secret that not everybody sees.</summary>
public sealed record Card(
    string Title = "", string? Body = null, IReadOnlyList<string>? Tags = null, long Likes = 0, string? Secret = null, string? Owner = null,
    long Stock = Card.Full, bool Closed = false) : IKind<Card>
{
    /// <summary>The stock that a card begins with.</summary>
    public const long Full = 5;

    /// <summary>A user is told of each closing and opening, whoever did it. One, since each notice is a record with a journal of its own, and a seed must stay cheap.</summary>
    public static NoticeRule Closing { get; } = new(
        "cards.closed", NoticePriority.Critical, new("{title}", "{title}"), change => change.Fields.ContainsKey("closed"), _ => Told.Select(user => new Receiver.User(user)))
    {
        ToMaker = true,
    };

    /// <summary>Who that is.</summary>
    public static IReadOnlyList<string> Told => ["u0"];

    /// <inheritdoc />
    public static Kind<Card> Kind { get; } = new Kind<Card>("cards", "title", new Card())
        .Field(nameof(Title), FieldType.Text)
        .Field(nameof(Body), FieldType.LongText)
        .Field(nameof(Tags), FieldType.Set)
        .Field(nameof(Likes), FieldType.Counter)
        .Field(nameof(Secret), FieldType.Text)
        .Field(nameof(Owner), FieldType.User)
        .Field(nameof(Stock), FieldType.Number, editable: false)
        .Field(nameof(Closed), FieldType.Flag, editable: false)
        .OwnedBy(nameof(Owner))
        .Verb<Take>().Verb<Close>()
        .Tells(Closing, "close", "undo");

    /// <inheritdoc />
    public IEnumerable<Problem> Check() => Stock < 0 ? [new("stock", "card.stock", "There is not so much of it.")] : [];
}

/// <summary>Takes from the stock; a number below zero puts back.</summary>
public sealed record Take(long Count) : IVerb<Card>
{
    /// <inheritdoc />
    public static string Name => "take";

    /// <inheritdoc />
    public static string Permission => "cards.take";

    /// <inheritdoc />
    public Decision<Card> Decide(Card record, Moment moment) => record with { Stock = record.Stock - Count };
}

/// <summary>Closes a card, or opens it again.</summary>
public sealed record Close : IVerb<Card>
{
    /// <inheritdoc />
    public static string Name => "close";

    /// <inheritdoc />
    public static string Permission => "cards.close";

    /// <inheritdoc />
    public Decision<Card> Decide(Card record, Moment moment) => record with { Closed = !record.Closed };
}

/// <summary>A user, as far as the simulation needs one: its fields are named as the product's, so that what hears of rights hears of these.</summary>
/// <param name="Roles">One of <see cref="Rights.Levels"/>.</param>
public sealed record Person(string Roles = "full") : IKind<Person>
{
    /// <inheritdoc />
    public static Kind<Person> Kind { get; } = new Kind<Person>("users", "roles", new Person()).Field(nameof(Roles), FieldType.Text);

    /// <inheritdoc />
    public IEnumerable<Problem> Check() => [];
}

/// <summary>What users may do, by their level.</summary>
public static class Rights
{
    /// <summary>All, all but the secret, only one's own, nothing, and not even signing in.</summary>
    public static readonly IReadOnlyList<string> Levels = ["full", "masked", "own", "none", "inactive"];

    private static readonly HashSet<string> Nothing = [];
    private static readonly HashSet<string> Acts = ["cards.create", "cards.edit", "cards.take", "cards.close", "cards.delete", "cards.restore", "cards.undo"];

    /// <summary>The caller of that level; null for one who may not sign in.</summary>
    public static Caller? Of(string tenant, string user, string level) => level switch
    {
        "full" => new(tenant, user, new HashSet<string>(Acts) { "cards.read", "users.*" }, Nothing, Nothing),
        "masked" => new(tenant, user, new HashSet<string>(Acts) { "cards.read" }, new HashSet<string> { "cards.secret" }, Nothing),
        "own" => new(tenant, user, new HashSet<string>(Acts) { "cards.read.own" }, Nothing, Nothing),
        "none" => new(tenant, user, Nothing, Nothing, Nothing),
        _ => null,
    };
}
