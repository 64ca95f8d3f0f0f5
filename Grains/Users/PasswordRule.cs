using System.Collections.Frozen;

namespace Crm.Users;

/// <summary>What a password must be.</summary>
public static class PasswordRule
{
    /// <summary>Fewest characters.</summary>
    public const int MinLength = 12;

    /// <summary>Most characters: a bound for what is read, not for strength.</summary>
    public const int MaxLength = 256;

    private const int ShortestName = 3; // A name of one or two letters is in nearly every password.

    // The words that people decorate with digits and signs. Compared with the letters of the password alone.
    private static readonly FrozenSet<string> Common = FrozenSet.Create(
        "password", "passwort", "passwords", "welcome", "willkommen", "qwerty", "qwertz", "qwertyuiop", "qwertzuiop", "azerty", "asdf", "asdfgh", "asdfghjkl",
        "letmein", "changeme", "iloveyou", "admin", "administrator", "root", "test", "tester", "guest", "secret", "login", "master", "dragon", "monkey",
        "football", "baseball", "sunshine", "princess", "superman", "batman", "shadow", "trustno", "hello", "abc", "abcd", "abcdef", "company", "crm", "sales",
        "spring", "summer", "autumn", "winter", "january", "february", "march", "april", "june", "july", "august", "september", "october", "november",
        "december", "monday", "friday", "correcthorsebatterystaple", "passwordpassword", "adminadmin");

    /// <summary>What is missing, or null.</summary>
    /// <param name="email">Of the user: the part before the at sign must not be in the password.</param>
    public static Problem? Check(string password, string email)
    {
        var name = email.Split('@')[0];
        return password switch
        {
            { Length: < MinLength } => Weak("length", $"A password has at least {MinLength} characters."),
            { Length: > MaxLength } => Weak("length", $"A password has at most {MaxLength} characters."),
            _ when !password.Any(char.IsUpper) => Weak("upper", "A password needs an upper-case letter."),
            _ when !password.Any(char.IsLower) => Weak("lower", "A password needs a lower-case letter."),
            _ when !password.Any(char.IsDigit) => Weak("digit", "A password needs a digit."),
            _ when password.All(char.IsLetterOrDigit) => Weak("special", "A password needs a character that is neither letter nor digit."),
            _ when name.Length >= ShortestName && password.Contains(name, StringComparison.OrdinalIgnoreCase) =>
                Weak("email", "A password must not contain the name in the e-mail address."),
            _ when Common.Contains(Letters(password)) || Common.Contains(Letters(Plain(Core(password)))) =>
                Weak("common", "This is one of the passwords that are tried first. Choose another."),
            _ => null,
        };
    }

    private static string Letters(string text) => string.Concat(text.Where(char.IsLetter)).ToLowerInvariant();

    // Without the digits and signs that people put before and behind: those stand for no letters.
    private static string Core(string text)
    {
        var first = text.AsSpan().IndexOfAnyInRange('A', 'z');
        var last = text.AsSpan().LastIndexOfAnyInRange('A', 'z');
        return first < 0 ? "" : text[first..(last + 1)];
    }

    // The usual disguises, undone: P@ssw0rd is password.
    private static string Plain(string text) => string.Concat(text.Select(c => c switch
    {
        '@' or '4' => 'a',
        '3' => 'e',
        '1' or '!' => 'i',
        '0' => 'o',
        '$' or '5' => 's',
        '7' => 't',
        _ => c,
    }));

    private static Problem Weak(string what, string text) => new("password", $"password.{what}", text);
}
