using System.Text.Json;

namespace Crm.Engine.Tests;

/// <summary>A kind that has one field of each behaviour, for tests of the engine alone.</summary>
public sealed record Note(
    string Title = "", string? Body = null, IReadOnlyList<string>? Tags = null, long Likes = 0, string? Owner = null, bool Closed = false,
    IReadOnlyDictionary<string, string>? Place = null, IReadOnlyDictionary<string, JsonElement>? Custom = null) : IKind<Note>
{
    public static Kind<Note> Kind { get; } = new Kind<Note>("notes", "title", new Note(), "For tests.")
        .Field(nameof(Title), FieldType.Text, personal: true, searched: true, maxLength: 50)
        .Field(nameof(Body), FieldType.LongText, personal: true)
        .Field(nameof(Tags), FieldType.Set)
        .Field(nameof(Likes), FieldType.Counter)
        .Field(nameof(Owner), FieldType.User)
        .Field(nameof(Closed), FieldType.Flag, editable: false)
        .Field(nameof(Place), FieldType.Parts, parts: ["city", "street"])
        .OwnedBy(nameof(Owner))
        .WithCustomFields(static note => note.Custom, static (note, custom) => note with { Custom = custom })
        .Verb<Close>();

    public static readonly Problem AlreadyClosed = new("closed", "note.closed", "This note is closed.");

    public Note Tidied(Moment moment) => this with { Title = Title.Trim(), Owner = Owner ?? moment.Caller.User };

    public IEnumerable<Problem> Check()
    {
        if (Title.Length == 0)
        {
            yield return new("title", "note.title", "A note needs a title.");
        }
    }
}

public sealed record Close : IVerb<Note>
{
    public static string Name => "close";

    public static string Permission => "notes.close";

    public Decision<Note> Decide(Note record, Moment moment) => record.Closed ? Note.AlreadyClosed : record with { Closed = true };
}
