using System.Globalization;

namespace Crm;

/// <summary>A JSON number of any size and scale, compared exactly as PostgreSQL's numeric compares: 1.0 is 1, and no digit is lost.</summary>
public readonly struct Numeric : IComparable<Numeric>, IComparable, IEquatable<Numeric>
{
    private readonly int _sign;
    private readonly long _point;
    private readonly string _digits;

    // The value is 0.DIGITS × 10^point with the sign; no digit is leading or trailing zero; zero has none.
    private Numeric(int sign, long point, string digits) => (_sign, _point, _digits) = (sign, point, digits);

    /// <summary>Reads the text of a JSON number.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static Numeric Parse(string text)
    {
        var exponent = 0L;
        var mantissa = text.AsSpan();
        if (mantissa.IndexOfAny('e', 'E') is >= 0 and var e)
        {
            exponent = long.Parse(mantissa[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            mantissa = mantissa[..e];
        }

        var negative = mantissa.StartsWith('-');
        mantissa = negative ? mantissa[1..] : mantissa;
        var point = mantissa.IndexOf('.');
        var whole = point < 0 ? mantissa.Length : point;
        var digits = point < 0 ? mantissa.ToString() : string.Concat(mantissa[..point], mantissa[(point + 1)..]);
        if (digits.Length == 0 || digits.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            throw new FormatException($"Not a number: {text}");
        }

        var trimmed = digits.TrimStart('0');
        var shift = digits.Length - trimmed.Length;
        trimmed = trimmed.TrimEnd('0');
        return trimmed.Length == 0 ? new(0, 0, "") : new(negative ? -1 : 1, whole - shift + exponent, trimmed);
    }

    /// <inheritdoc />
    public int CompareTo(Numeric other)
    {
        if (_sign != other._sign)
        {
            return _sign.CompareTo(other._sign);
        }

        var bigger = _point != other._point ? _point.CompareTo(other._point) : string.CompareOrdinal(_digits, other._digits);
        return _sign * Math.Sign(bigger);
    }

    /// <inheritdoc />
    public int CompareTo(object? obj) => obj is Numeric other ? CompareTo(other) : throw new ArgumentException("Not a number.", nameof(obj));

    /// <inheritdoc />
    public bool Equals(Numeric other) => CompareTo(other) == 0;

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is Numeric other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(_sign, _point, _digits);

    /// <summary>Whether both are the same number.</summary>
    public static bool operator ==(Numeric left, Numeric right) => left.Equals(right);

    /// <summary>Whether they are different numbers.</summary>
    public static bool operator !=(Numeric left, Numeric right) => !left.Equals(right);

    /// <summary>Smaller.</summary>
    public static bool operator <(Numeric left, Numeric right) => left.CompareTo(right) < 0;

    /// <summary>Smaller or equal.</summary>
    public static bool operator <=(Numeric left, Numeric right) => left.CompareTo(right) <= 0;

    /// <summary>Bigger.</summary>
    public static bool operator >(Numeric left, Numeric right) => left.CompareTo(right) > 0;

    /// <summary>Bigger or equal.</summary>
    public static bool operator >=(Numeric left, Numeric right) => left.CompareTo(right) >= 0;
}
