using System.Globalization;
using System.Text;
using System.Text.Json;
using Crm.Engine;

namespace Crm.Contacts.Csv;

/// <summary>What became of a row.</summary>
/// <param name="Contact">Tidied and checked; null when there are problems.</param>
/// <param name="Warnings">Cells that were left out.</param>
public sealed record ReadRow(Contact? Contact, IReadOnlyList<Problem> Problems, IReadOnlyList<Problem> Warnings);

/// <summary>Makes contacts of rows, by a mapping.</summary>
/// <param name="user">The id of the user whom a cell names by id, e-mail address or name; null when there is none.</param>
public sealed class RowReader(IReadOnlyList<string> columns, IReadOnlyDictionary<string, string?> mapping, IReadOnlyList<FieldInfo> own, Moment moment, Func<string, string?> user)
{
    private static readonly Dictionary<string, ContactStatus> Stages = new(StringComparer.Ordinal)
    {
        ["lead"] = ContactStatus.Lead, ["new"] = ContactStatus.Lead, ["neu"] = ContactStatus.Lead, ["interessent"] = ContactStatus.Lead, ["prospect"] = ContactStatus.Lead,
        ["marketingqualifiedlead"] = ContactStatus.Lead, ["salesqualifiedlead"] = ContactStatus.Lead, ["opportunity"] = ContactStatus.Lead,
        ["active"] = ContactStatus.Active, ["aktiv"] = ContactStatus.Active, ["subscriber"] = ContactStatus.Active, ["evangelist"] = ContactStatus.Customer,
        ["other"] = ContactStatus.Active, ["customer"] = ContactStatus.Customer, ["kunde"] = ContactStatus.Customer, ["client"] = ContactStatus.Customer,
        ["inactive"] = ContactStatus.Inactive, ["inaktiv"] = ContactStatus.Inactive, ["ehemalig"] = ContactStatus.Inactive, ["former"] = ContactStatus.Inactive,
    };

    private static readonly Dictionary<string, Priority> Priorities = new(StringComparer.Ordinal)
    {
        ["low"] = Priority.Low, ["niedrig"] = Priority.Low, ["gering"] = Priority.Low, ["normal"] = Priority.Normal, ["medium"] = Priority.Normal, ["mittel"] = Priority.Normal,
        ["high"] = Priority.High, ["hoch"] = Priority.High, ["urgent"] = Priority.High, ["dringend"] = Priority.High,
    };

    private static readonly string[] Days = ["yyyy-MM-dd", "dd.MM.yyyy", "d.M.yyyy", "MM/dd/yyyy", "M/d/yyyy", "yyyy/MM/dd"];
    private readonly (int Column, string Target)[] _cells = [.. columns.Select((column, at) => (at, Target: mapping.GetValueOrDefault(column)))
        .Where(cell => cell.Target is not null).Select(cell => (cell.at, cell.Target!))];

    private readonly FieldInfo[] _required = [.. own.Where(info => info.Required)];

    /// <summary>Reads one row.</summary>
    public ReadRow Read(IReadOnlyList<string> cells)
    {
        var row = new Row(this);
        foreach (var (column, target) in _cells)
        {
            if (Clean(cells[column], target == "notes") is { Length: > 0 } cell)
            {
                row.Take(target, cell);
            }
        }

        return row.Done(moment);
    }

    /// <summary>One line without control characters (or several, for notes), without the apostrophe that an export puts before what looks like a formula.</summary>
    private static string Clean(string cell, bool manyLines)
    {
        var text = new StringBuilder(cell.Length);
        foreach (var c in cell)
        {
            if (!char.IsControl(c) || (manyLines && c is '\n' or '\t'))
            {
                text.Append(c);
            }
            else if (c is '\n' or '\t' && text.Length > 0 && text[^1] != ' ')
            {
                text.Append(' ');
            }
        }

        var clean = text.ToString().Trim();
        return Safe.Restored(clean);
    }

    private static string[] Parts(string cell, params ReadOnlySpan<char> separators) => cell.Replace(" ::: ", "\n", StringComparison.Ordinal)
        .Split([.. separators, '\n', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>A row on its way to a contact.</summary>
    private sealed class Row(RowReader reader)
    {
        private readonly List<Problem> _problems = [];
        private readonly List<Problem> _warnings = [];
        private readonly Dictionary<string, string> _texts = [];
        private readonly List<string> _emails = [];
        private readonly List<string> _phones = [];
        private readonly List<string> _tags = [];
        private Dictionary<string, JsonElement>? _custom;
        private string? _owner;
        private Priority _priority = Priority.Normal;
        private ContactStatus _status = ContactStatus.Active;

        public void Take(string target, string cell)
        {
            switch (target)
            {
                case "emails":
                    _emails.AddRange(Parts(cell, ',').Select(Address));
                    break;
                case "phones":
                    _phones.AddRange(Parts(cell, ','));
                    break;
                case "tags":
                    _tags.AddRange(Parts(cell, ',', '|').Where(tag => !tag.StartsWith("* ", StringComparison.Ordinal))); // Google's own: * myContacts
                    break;
                case "owner":
                    Owner(cell);
                    break;
                case "priority":
                    _priority = Choose("priority", cell, Priorities, _priority);
                    break;
                case "status":
                    _status = Choose("status", cell, Stages, _status);
                    break;
                case "notes":
                    _texts["notes"] = _texts.TryGetValue("notes", out var notes) ? $"{notes}\n{cell}" : cell;
                    break;
                case "address.street":
                    _texts[target] = _texts.TryGetValue(target, out var street) ? $"{street}{(char.IsAsciiDigit(cell[0]) && cell.Length < 8 ? " " : ", ")}{cell}" : cell;
                    break;
                default:
                    Other(target, cell);
                    break;
            }
        }

        public ReadRow Done(Moment moment)
        {
            foreach (var missing in reader._required.Where(info => _custom?.ContainsKey(info.Name[RecordJson.CustomPrefix.Length..]) is not true))
            {
                _problems.Add(new(missing.Name, "field.required", "This field must have a value."));
            }

            var contact = new Contact(
                Text("name") ?? Name(), _emails, _phones, Text("company"), Text("title"),
                new(Text("address.street"), Text("address.city"), Text("address.region"), Text("address.postalCode"), Text("address.country")),
                _tags, _owner, _priority, _status, Text("notes"), Custom: _custom).Tidied(moment with { Creating = false });
            _problems.AddRange(contact.Check());
            _problems.AddRange((contact.Address?.Parts ?? []).Where(part => part.Value?.Length > PostalAddress.MaxPart)
                .Select(part => new Problem($"address.{part.Name}", "text.length", $"This may have at most {PostalAddress.MaxPart} characters.")));
            return new(_problems.Count == 0 ? contact : null, _problems, _warnings);
        }

        private string? Text(string target) => _texts.GetValueOrDefault(target);

        private string? Name() => string.Join(' ', new[] { Text(Targets.FirstName), Text(Targets.MiddleName), Text(Targets.LastName) }.OfType<string>());

        private void Other(string target, string cell)
        {
            if (reader.Own(target) is { } field)
            {
                if (Value(field, cell) is { } value && FieldCheck.Of(field, value) is var wrong && wrong is null)
                {
                    (_custom ??= [])[field.Name[RecordJson.CustomPrefix.Length..]] = value;
                }
                else
                {
                    _problems.Add(FieldCheck.Of(field, Json.Element(cell)) ?? new(field.Name, "field.value", "This is no value of the field."));
                }
            }
            else
            {
                _texts.TryAdd(target, cell);
            }
        }

        private void Owner(string cell)
        {
            _owner = reader.User(cell);
            if (_owner is null)
            {
                _warnings.Add(new("owner", "import.owner", "There is no such user; the contact belongs to whoever imports it."));
            }
        }

        private T Choose<T>(string field, string cell, Dictionary<string, T> known, T otherwise) where T : struct, Enum
        {
            if (known.TryGetValue(Targets.Normal(cell), out var value))
            {
                return value;
            }

            _problems.Add(new(field, "field.choice", $"This must be one of: {string.Join(", ", Enum.GetNames<T>().Select(JsonNamingPolicy.CamelCase.ConvertName))}."));
            return otherwise;
        }

        // "Maria Anders <maria@example.com>" and mailto: are what mail programs copy.
        private static string Address(string text)
        {
            var (open, close) = (text.LastIndexOf('<'), text.LastIndexOf('>'));
            var address = open >= 0 && close > open ? text[(open + 1)..close] : text;
            return (address.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) ? address["mailto:".Length..] : address).Trim();
        }
    }

    private FieldInfo? Own(string target) => own.FirstOrDefault(info => info.Name == target);

    private string? User(string cell) => user(cell);

    private static JsonElement? Value(FieldInfo field, string cell) => field.Type switch
    {
        FieldType.Number or FieldType.Counter => Number(cell) is { } number ? Json.Element(number) : null,
        FieldType.Flag => Targets.Normal(cell) switch
        {
            "true" or "yes" or "ja" or "1" or "x" or "wahr" => Json.Element(true),
            "false" or "no" or "nein" or "0" or "falsch" => Json.Element(false),
            _ => null,
        },
        FieldType.Date => DateOnly.TryParseExact(cell, Days, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? Json.Element(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)) : null,
        FieldType.Choice => field.Options?.FirstOrDefault(option => string.Equals(option, cell, StringComparison.OrdinalIgnoreCase)) is { } option ? Json.Element(option) : null,
        FieldType.Set => Json.Element(Parts(cell, ',', '|')),
        _ => Json.Element(cell),
    };

    // 1234.5, 1,234.50 and 1.234,50: the last sign of the two is the decimal one, unless it stands before groups of three only.
    private static decimal? Number(string cell)
    {
        var text = cell.Replace(" ", "", StringComparison.Ordinal).Replace("\u00A0", "", StringComparison.Ordinal);
        var (comma, dot) = (text.LastIndexOf(','), text.LastIndexOf('.'));
        var german = comma > dot && (dot >= 0 || text.Length - comma != 4);
        text = german ? text.Replace(".", "", StringComparison.Ordinal).Replace(',', '.') : text.Replace(",", "", StringComparison.Ordinal);
        return decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
