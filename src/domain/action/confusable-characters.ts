/**
 * Characters that look like one ASCII character, by script. Made by `test/vectors/make-confusables.mjs`; do not edit.
 *
 * Each group is an ASCII character and its lookalikes. From Unicode 17.0.0, confusables.txt, (c) Unicode, Inc., under
 * the terms of https://www.unicode.org/license.txt. Unicode TS 39.
 */
export const CONFUSABLES: Readonly<Record<string, string>> = {
  Ahom: 'v𑜆 w𑜊𑜎𑜏',
  Arabic: '*٭ ,؍٫ -۔ .٠۰ V٧۷ l١۱ا𞸀𞺀ﺎﺍ o٥۵ه𞸤𞹤𞺄ﻫﻬﻪﻩھﮬﮭﮫﮪہﮨﮩﮧﮦە',
  Armenian: "'՝՚ :։ OՕ SՏ UՍ fք gց hհ iւ nոռ oօ qգզ uս wա",
  Bamum: '2ꛯ ?ꛫ Vꛟ',
  Bengali: '8৪ 9৭ o০',
  Canadian_Aboriginal: "'ᑊ 2ᒿ <ᐸ =᐀ >ᐳ Aᗅ Bᗷ Dᗞᗪ Fᖴ Hᕼ Jᒍ Lᒪ Mᗰ Pᑭ Rᖇ Uᑌ Vᐯ X᙭ bᑲᖯ dᑯ x᙮ᕁᕽ",
  Carian: 'A𐊠 B𐊡 C𐊢 F𐊥 H𐋏 M𐊰 O𐊫 T𐊱 X𐊴 Y𐊲',
  Cherokee: '4Ꮞ 6Ꮾ ?Ꭾ AᎪ BᏴ CᏟ DᎠ EᎬ GᏀᏳ HᎻ JᎫ KᏦ LᏞ MᎷ PᏢ RᎡᏒ SᏕᏚ TᎢ VᏙ WᎳᏔ YᎩᎽ ZᏃ bᏏ cꮯ dᏧ hᏂ iꭵᎥ rꮁ sꮪ vꮩ wꮃ zꮓ',
  Common:
    "!！ '＇‘’‛′‵｀´ʹʹˈˊˋ˴ʻʽʼʾ (［❨❲〔﴾ )］❩❳〕﴿ *⁎∗ +᛭➕ ,‚¸ -‐‑‒–﹘⁃˗−➖ .𝅭․ /᜵⁁∕⁄╱⟋⧸㇓〳 2🯲 3🯳 4🯴 5🯵 6🯶 7🯷 8🯸 9🯹 :：᛬︰᠃⁚˸꞉∶ː ;; <‹❮˂ =⹀゠ >›❯˃ Bℬ C🝌ℂℭ Dⅅ E⋿ℰ Fℱ Hℋℌℍ Lℒ Mℳ Nℕ O🯰 Pℙ Qℚ Rℛℜℝ T⊤⟙🝨 U∪⋃ X╳ Z𐋵ℤℨ \\＼﹨∖⟍⧵⧹㇔ ^˄ˆ _﹍﹎﹏ a⍺ dⅆ e℮ℯⅇ gℊ hℎ i˛⍳ℹⅈ jⅉ l∣⏽￨🯱ℐℑℓ oℴ p⍴ v∨⋁ x×⤫⤬⨯ yℽ {❴𝄔 }❵ ~⁓˜∼",
  Coptic: '-ⲻⲺ /ⳇⳆ 2Ϩ 3ⲜⳄⳌ 6ⳓⳒϬⳜ 9ⳋⳊ BⲂ CⲤ HⲎ KⲔ LⳐ MⲘ NⲚ OⲞ PⲢⳎ TⲦ XⲬ YⲨ cⲥ iⲓ lⲒ oⲟϭ pⲣⳏ rⲅ wⲽ yⲩ',
  Cyrillic:
    '2Ꙅ 3ЗӠ 6б AА BВ CС EЕ GԌ HН JЈ KК MМ OО PР SЅ TТ VѴ WԜ XХ YУҮ aа bЬ cс dԁ eеҽ hһ iіꙇ jј lІӏӀ oо pр qԛ rг sѕ vѵ wѡшԝ xх yуү',
  Deseret: 'C𐐕 L𐐛 O𐐄 S𐐠 c𐐽 o𐐬 s𐑈',
  Devanagari: '3३ :ः ?ॽ o०',
  Elbasan: 'C𐔜 F𐔥 K𐔘 L𐔦 N𐔓 O𐔖 V𐔝 X𐔧',
  Ethiopic: 'Oዐ Uሀ',
  Georgian: 'oჿ yყ',
  Greek:
    "'`΄´᾽᾿῾ /𝈺 3𝈆 7𝈒 <𝈶 >𝈷 AΑ BΒ CϹ EΕ F𝈓Ϝ HΗ JͿ KΚ L𝈪 MΜϺ NΝ OΟ PΡ R𝈖 TΤ V𝈍 XΧ YΥϒ ZΖ \\𝈏𝈻 aα cϲ iιιͺ jϳ lΙ oοσ pρϱϸ rᴦ uυ vν yγ ~῀",
  Gujarati: '3૩ :ઃ o૦',
  Gurmukhi: '8੪ 9੧ o੦',
  Han: '/丿⼃ O〇 \\丶⼂',
  Hebrew: "'׳י :׃ l׀ון oס vט",
  Kannada: 'O೦ oಂ',
  Katakana: '/ノ',
  Kharoshthi: '.𐩐',
  Khmer: 'o០',
  Lao: 'o໐',
  Latin:
    "!ǃ &ꝸ 'ꞌ 2ꝚƧ 3ꞫȜƷꝪ 5Ƽ 8ȣȢ 9Ꝯ ?ʔɁ BꞴ CⅭ DⅮ FꞘ JꞲ KK LⅬ MⅯ RƦ VⅤ XⅩꞳ aɑ bƄ cⅽᴄ dⅾ eꬲ fꬵꞙƒſẝ gɡᶃƍ iⅰıɪɩ lⅠƖⅼǀ oᴏᴑꬽ pþƿ rꭇꭈ sꜱƽ uꞟᴜꭎꭒʋ vⅴᴠ wɯᴡ xⅹ yɣᶌʏỿꭚ zᴢ",
  Lisu: ',ꓹ .ꓸ :ꓽ =꓿ Aꓮ Bꓐ Cꓚ Dꓓ Eꓰ Fꓝ Gꓖ Hꓧ Jꓙ Kꓗ Lꓡ Mꓟ Nꓠ Oꓳ Pꓑ Rꓣ Sꓢ Tꓔ Uꓴ Vꓦ Wꓪ Xꓫ Yꓬ Zꓜ dꓒ lꓲ',
  Lycian: '+𐊛 B𐊂 E𐊆 F𐊇 O𐊒 P𐊕 S𐊖 T𐊗 X𐊐 l𐊊',
  Malayalam: '9൭ oം൦ഠ sട',
  Mende_Kikakui: '8𞣋 l𞣇',
  Miao: "'𖽑𖽒 3𖼻 >𖼿 A𖽀 L𖼖 R𖼵 S𖼺 T𖼊 U𖽂 V𖼈 Y𖽃 l𖼨",
  Mongolian: ':᠉',
  Myanmar: 'cငၚ o၀ဝ',
  Nko: "'ߴߵ O߀ _ߺ lߊ",
  Old_Italic: '*𐌟 8𐌚 B𐌁 C𐌂 M𐌑 T𐌕 X𐌢𐌗 l𐌠𐌉',
  Oriya: '8ଃ 9୨ Oଠ o୦',
  Osage: '7𐓒 O𐓂 R𐒴 U𐓎 o𐓪 u𐓶',
  Runic: "'ᛌ <ᚲ Kᛕ Mᛖ Xᚷ lᛁ",
  Sinhala: 'oං',
  Syriac: '.܁܂ :܃܄',
  Tamil: 'o௦',
  Telugu: 'oం౦',
  Thai: 'o๐',
  Tifinagh: '!ⵑ Eⴹ Oⵔ Qⵕ Vⴸ Xⵝ lⵏ',
  Tirhuta: 'o𑓐',
  Vai: '.꘎',
  Warang_Citi: '3𑣊 4𑢯 5𑢻 6𑣕 7𑣆 9𑣌𑢬𑣖 C𑣩𑣲 E𑢦𑢮 F𑣂𑢢 L𑢣𑢲 O𑣠𑢵 T𑢼 U𑢸 V𑢠 W𑣦𑣯 X𑣬 Y𑢤 Z𑣥𑢩 i𑣃 o𑣈𑣗 s𑣁 u𑣘 v𑣀 y𑣜 z𑣄',
}
