namespace Crm.Contacts.Csv;

/// <summary>
/// Keeps a spreadsheet from running what somebody typed into a CRM field (CWE-1236). A value that begins with <c>=</c>, <c>+</c>, <c>-</c>, <c>@</c>, tab or
/// carriage return gets an apostrophe before it, which the import takes away again.
/// </summary>
public static class Safe
{
    /// <summary>The value as it may stand in a cell.</summary>
    /// <remarks>
    /// A telephone number such as <c>+49 30 007432</c> stays as it is: digits, blanks and <c>()-/.</c> alone call no function. A spreadsheet may still show it as a
    /// number; with <paramref name="strict"/> it gets the apostrophe too.
    /// </remarks>
    public static string Cell(string value, bool strict = false) => IsFormula(value) && (strict || !IsPhone(value)) ? $"'{value}" : value;

    /// <summary>The value without the apostrophe that <see cref="Cell"/> gave it.</summary>
    public static string Restored(string cell) => cell.Length > 1 && cell[0] == '\'' && IsFormula(cell[1..]) ? cell[1..] : cell;

    /// <summary>A cell as RFC 4180 wants it: in quotation marks where it must.</summary>
    public static string Quoted(string cell, char delimiter) =>
        cell.AsSpan().IndexOfAny(['"', '\n', '\r', delimiter]) >= 0 || (cell.Length > 0 && (cell[0] == ' ' || cell[^1] == ' '))
            ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : cell;

    // Full-width forms too: spreadsheets fold them before they look.
    private static bool IsFormula(string value) => value.Length > 0 && value.TrimStart(' ') is [var first, ..]
        && first is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠';

    private static bool IsPhone(string value) => value[0] == '+' && value.Skip(1).Any(char.IsAsciiDigit)
        && value.Skip(1).All(c => char.IsAsciiDigit(c) || c is ' ' or '(' or ')' or '-' or '/' or '.');
}
