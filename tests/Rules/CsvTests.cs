using System.Text;
using Crm.Contacts.Csv;

namespace Crm.Rules.Tests;

public sealed class CsvTests
{
    private const string Umlauts = "Name;Ort\r\nJürgen;Köln\r\n";
    private static readonly Encoding Latin = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;

    public static TheoryData<string, byte[]> Encodings => new()
    {
        { "UTF-8", Encoding.UTF8.GetBytes(Umlauts) },
        { "UTF-8 with a mark", [.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(Umlauts)] },
        { "UTF-16 with a mark", [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(Umlauts)] },
        { "UTF-16 without", Encoding.Unicode.GetBytes(Umlauts) },
        { "UTF-16 big-endian with a mark", [.. Encoding.BigEndianUnicode.GetPreamble(), .. Encoding.BigEndianUnicode.GetBytes(Umlauts)] },
        { "UTF-16 big-endian without", Encoding.BigEndianUnicode.GetBytes(Umlauts) },
        { "Windows-1252", Latin.GetBytes(Umlauts) },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task Every_usual_encoding_is_told(string name, byte[] bytes)
    {
        var (columns, rows) = await Read(bytes);
        columns.ShouldBe(["Name", "Ort"], name);
        rows.ShouldHaveSingleItem().Cells.ShouldBe(["Jürgen", "Köln"]);
    }

    [Fact]
    public async Task The_first_umlaut_may_stand_far_behind_the_first_buffer()
    {
        var plain = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"Name{i};Ort\n"));
        (await CsvForm.Detect(new MemoryStream(Latin.GetBytes($"a;b\n{plain}Jürgen;Köln\n")))).Encoding.CodePage.ShouldBe(1252);
        (await CsvForm.Detect(new MemoryStream(Encoding.UTF8.GetBytes($"a;b\n{plain}Jürgen;Köln\n")))).Encoding.CodePage.ShouldBe(65001);
    }

    [Fact]
    public async Task A_character_may_be_cut_in_two_by_a_buffer()
    {
        for (var shift = 0; shift < 4; shift++)
        {
            var text = $"a;b\n{new string('x', (64 * 1024) - 8 + shift)};äöü€𝄞\n";
            (await CsvForm.Detect(new MemoryStream(Encoding.UTF8.GetBytes(text)))).Encoding.CodePage.ShouldBe(65001);
        }
    }

    [Theory]
    [InlineData("a,b,c\n", ',')]
    [InlineData("a;b;c\n1,5;2,5;3\n", ';')]
    [InlineData("a\tb\tc\n", '\t')]
    [InlineData("a|b|c\n", '|')]
    [InlineData("\"a,b,c\";d\n", ';')]
    [InlineData("sep=;\na,b;c\n", ';')]
    [InlineData("\n\na;b\n", ';')]
    [InlineData("alone\n", ',')]
    public async Task The_delimiter_is_found_in_the_header(string text, char expected) =>
        (await CsvForm.Detect(new MemoryStream(Encoding.UTF8.GetBytes(text)))).Delimiter.ShouldBe(expected);

    [Fact]
    public async Task Quoted_cells_hold_anything()
    {
        var (_, rows) = await Read("a,b\n\"x,y\",\"line 1\r\nline \"\"2\"\"\"\n5\" pipe,z\n");
        rows.Select(row => row.Line).ShouldBe([2, 4]);
        rows[0].Cells.ShouldBe(["x,y", "line 1\nline \"2\""]);
        rows[1].Cells.ShouldBe(["5\" pipe", "z"]);
    }

    [Fact]
    public async Task A_quote_that_is_never_closed_costs_its_line_alone()
    {
        var (_, rows) = await Read("a,b\n1,2\n\"3,4\n5,6\n7,8\n");
        rows.Select(row => (row.Line, row.Problem is null)).ShouldBe([(2, true), (3, false), (4, true), (5, true)]);
        rows[1].Problem!.ShouldContain("never closed");
        rows[3].Cells.ShouldBe(["7", "8"]);
    }

    [Fact]
    public async Task A_quote_that_closes_inside_a_later_line_costs_its_line_alone()
    {
        var (_, rows) = await Read("a,b\n\"1,2\n\"3\",\"4\"\n5,6\n");
        rows.Select(row => (row.Line, row.Problem is null)).ShouldBe([(2, false), (3, true), (4, true)]);
        rows[1].Cells.ShouldBe(["3", "4"]);
    }

    [Fact]
    public async Task Too_many_and_too_few_columns_are_told()
    {
        var (_, rows) = await Read("a,b,c\n1,2,3\n1,2\n1,2,3,4\n1,2,3,,\n,,\n\n9,9,9\n4,5,6\n4,5,6\n4,5,6\n");
        rows.Select(row => (row.Line, row.Problem)).Take(5).ShouldBe([
            (2, null), (3, "This line has 2 columns, and the header has 3."), (4, "This line has 4 columns, and the header has 3."), (5, null), (8, null)]);
    }

    [Fact]
    public async Task A_program_that_leaves_out_empty_cells_at_the_end_is_forgiven()
    {
        var bytes = Encoding.UTF8.GetBytes("a,b,c\n1,2\n3,4\n5,6,7\n");
        var form = (await CsvForm.Detect(new MemoryStream(bytes))).With(3, 2);
        using var rows = new CsvRows(form.Open(new MemoryStream(bytes)), form);
        rows.Rows().Select(row => string.Join('|', row.Cells)).ShouldBe(["1|2|", "3|4|", "5|6|7"]);
    }

    [Fact]
    public async Task Names_of_columns_are_made_distinct()
    {
        (await Read("Phone,Phone,,Phone\n1,2,3,4\n")).Columns.ShouldBe(["Phone", "Phone (2)", "Column 3", "Phone (3)"]);
        (await Read("")).Columns.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_line_without_end_does_not_fill_the_memory()
    {
        var (_, rows) = await Read($"a,b\n{new string('x', MendedLines.LongestRow * 3)}\n1,2\n");
        rows.Select(row => (row.Line, row.Problem is null)).ShouldBe([(2, false), (3, true)]);
    }

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0")]
    [InlineData("-2+3", "'-2+3")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData(" =1", "' =1")]
    [InlineData("＝1", "'＝1")]
    [InlineData("+49 (30) 123-456", "+49 (30) 123-456")]
    [InlineData("Maria", "Maria")]
    [InlineData("'quoted'", "'quoted'")]
    [InlineData("", "")]
    public void What_a_spreadsheet_would_run_is_made_harmless_and_comes_back(string value, string cell)
    {
        Safe.Cell(value).ShouldBe(cell);
        Safe.Restored(Safe.Cell(value)).ShouldBe(value);
        Safe.Restored(Safe.Cell(value, strict: true)).ShouldBe(value);
    }

    [Fact]
    public void For_a_spreadsheet_a_telephone_keeps_its_plus_sign() => Safe.Cell("+49-30-123", strict: true).ShouldBe("'+49-30-123");

    [Theory]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("a\"b", "\"a\"\"b\"")]
    [InlineData("a\nb", "\"a\nb\"")]
    [InlineData(" a", "\" a\"")]
    [InlineData("a;b", "a;b")]
    public void Cells_are_quoted_where_they_must_be(string cell, string written) => Safe.Quoted(cell, ',').ShouldBe(written);

    private static Task<(IReadOnlyList<string> Columns, List<CsvRow> Rows)> Read(string text) => Read(Encoding.UTF8.GetBytes(text));

    private static async Task<(IReadOnlyList<string> Columns, List<CsvRow> Rows)> Read(byte[] bytes)
    {
        var form = await CsvForm.Detect(new MemoryStream(bytes));
        using var rows = new CsvRows(form.Open(new MemoryStream(bytes)), form);
        return (rows.Columns, [.. rows.Rows()]);
    }
}
